"""What runs: corpora, networks, epochs, the search and the command line."""

import os

# Before TensorFlow is first imported anywhere: one thread a process. Two one-thread processes beat one
# two-thread process by 1.75x on these networks, and one thread makes every number repeatable to the last bit.
for _name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
    os.environ[_name] = "1"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

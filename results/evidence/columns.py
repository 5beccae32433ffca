"""The fixed columns of the frames, with their types: what they mean stands where each frame is made."""

TRIALS = {
    "number": "int64",  # Optuna's number of the trial
    "state": "str",  # complete, pruned, fail, running or waiting
    "validation_accuracy": "float64",  # this and the next three after its last epoch; NaN unless complete
    "validation_balanced_accuracy": "float64",
    "validation_macro_f1": "float64",
    "validation_loss": "float64",
    "cpu_seconds_an_epoch": "float64",  # of its fastest epoch
    "reason": "str",  # why it was pruned or failed, else empty
    "configuration": "str",  # fingerprint
    "words": "str",  # the configuration in words
    "reference": "str",  # id of the reference network it is, else empty
    "parameters": "Int64",  # trainable parameters of the network
    "seed": "Int64",
    "run": "Int64",
    "epochs": "Int64",  # epochs of its configuration
    "epochs_trained": "Int64",  # epochs trained for this trial; the others were in the store
    "started": "datetime64[us, UTC]",
    "completed": "datetime64[us, UTC]",
    "last_epoch": "Int64",  # the last that was reported to Optuna, however the trial ended
}
EPOCHS = {
    "run": "int64",
    "run_fingerprint": "str",
    "seed": "int64",
    "split": "str",  # fingerprint of the split
    "epoch": "int64",  # from 1
    "train_loss": "float64",
    "train_accuracy": "float64",
    "validation_loss": "float64",
    "validation_accuracy": "float64",
    "validation_balanced_accuracy": "float64",  # NaN where an older version trained the epoch
    "validation_macro_f1": "float64",
    "seconds": "float64",
    "cpu_seconds": "float64",
    "peak_memory_mb": "float64",
    "worker": "str",
    "finished": "datetime64[us, UTC]",
}
FINALS = {
    "configuration": "str",
    "words": "str",
    "reference": "str",
    "parameters": "int64",
    "epochs": "int64",
    "run": "int64",
    "seed": "int64",
    "test_texts": "int64",
    "test_loss": "float64",
    "test_accuracy": "float64",
    "test_balanced_accuracy": "float64",  # NaN where an older version scored it
    "test_macro_f1": "float64",
    "train_seconds": "float64",  # of the epochs of its configuration
    "train_cpu_seconds": "float64",
    "scored": "datetime64[us, UTC]",
}
BASELINES = {
    "kind": "str",
    "title": "str",
    "validation_accuracy": "float64",  # of the settings chosen by it
    "test_texts": "int64",
    "test_accuracy": "float64",
    "seconds": "float64",  # the choice of its settings included
}
BASELINE_TITLES = {"tf-idf": "TF-IDF + logistic regression", "nb-svm": "NB-SVM"}
CONFUSED = {
    "configuration": "str",
    "seed": "Int64",
    "label": "str",
    "predicted": "str",
    "texts": "int64",
}
INVOCATIONS = {
    "id": "int64",
    "command": "str",
    "host": "str",
    "started": "datetime64[us, UTC]",
    "ended": "datetime64[us, UTC]",
    "exit_status": "Int64",
    "test_openings": "int64",  # how often it opened the sealed test part, noted before it was read
    "test_openings_again": "int64",  # of these, how often for what it had been opened for before, as after a kill
}

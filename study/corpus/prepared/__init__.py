"""The prepared form of a corpus, whatever its source: flat arrays in a folder of the cache, opened memory-
mapped, how texts become ids, the split of the training half, and padded batches. The test half has a door of
its own, `sealed`.
"""

"""Linear classifiers on words and pairs of words: n-grams, baselines fitted on them, a fitted one as values."""

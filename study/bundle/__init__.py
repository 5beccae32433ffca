"""A trained network in a folder, with all that is needed to predict from texts, also without this program:
chosen in a study and exported, written whole or not at all, opened where it holds stock Keras layers alone.
"""

from study.bundle.bundle import Bundle, Prediction, open_bundle
from study.bundle.folder import FILES, FORMAT, check_place, write_bundle

__all__ = ["FILES", "FORMAT", "Bundle", "Prediction", "check_place", "open_bundle", "write_bundle"]

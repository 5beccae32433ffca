"""A trained network in a folder, with all that is needed to predict from texts, also without this program."""

from study.bundle.bundle import Bundle, Prediction, open_bundle
from study.bundle.folder import FILES, FORMAT, check_place, write_bundle

__all__ = ["FILES", "FORMAT", "Bundle", "Prediction", "check_place", "open_bundle", "write_bundle"]

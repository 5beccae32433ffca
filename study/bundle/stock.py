"""Stock Keras layers for ours, in models that go to others."""

from typing import Any

from study.training.backend import keras

# What stands for a layer of ours, by the name it is registered under.
_STOCK = {"study>LSTM": "LSTM", "architecture_study>WordDropoutEmbedding": "Embedding"}


def as_keras(model: Any) -> Any:
    """Return a copy of a Keras model with stock layers in place of our LSTM and of our embedding that drops words
    in training, also inside other layers.

    The copy has the model's weights and no optimizer state; saved, it loads where this package is missing. It
    predicts the same; trained on, it drops no words.
    """

    def renamed(part: Any) -> Any:
        if isinstance(part, list):
            return [renamed(entry) for entry in part]
        if not isinstance(part, dict):
            return part
        if part.get("registered_name") in _STOCK:
            inner = {key: value for key, value in part["config"].items() if key != "word_dropout"}
            stock = {"class_name": _STOCK[part["registered_name"]], "module": "keras.layers", "config": inner}
            part = {**part, **stock, "registered_name": None}
        return {key: renamed(value) for key, value in part.items()}

    copy = keras.saving.deserialize_keras_object(renamed(keras.saving.serialize_keras_object(model)))
    copy.set_weights(model.get_weights())
    return copy

"""Stock Keras layers alone: ours turned into them, and files of anything else not read, since such a file may run
code of its own when it is read.
"""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from search_spaces.readouts import READOUTS
from study.bundle.folder import damaged
from study.errors import InputError, Refused

_MODULES = {
    *("keras", "keras.constraints", "keras.initializers", "keras.layers", "keras.regularizers"),
    *("keras.src.models.functional", None),
}
# None of these calls a function by its name, reads a file or runs another framework, as Lambda, the lookups,
# TextVectorization, TFSMLayer and TorchModuleWrapper do.
_CLASSES = {
    *("Activation", "Add", "Bidirectional", "Concatenate", "Conv1D", "Dense", "Dropout", "Embedding", "GRU"),
    *("InputLayer", "LSTM", "MaxPooling1D", "DTypePolicy", "Functional", "__keras_tensor__", "__slice__"),
    *("Constant", "GlorotUniform", "Identity", "Orthogonal", "RandomUniform", "Zeros"),
    # Of networks of one's own:
    *(
        "Model",
        "Sequential",
        "ActivityRegularization",
        "AdditiveAttention",
        "AlphaDropout",
        "Attention",
        "Average",
    ),
    *("AveragePooling1D", "BatchNormalization", "Conv1DTranspose", "Conv2D", "Cropping1D", "DepthwiseConv1D"),
    *("Dot", "ELU", "EinsumDense", "Flatten", "GRUCell", "GaussianDropout", "GaussianNoise"),
    *("GlobalAveragePooling1D", "GlobalMaxPooling1D", "GlobalAveragePooling2D", "GlobalMaxPooling2D"),
    *("GroupNormalization", "GroupQueryAttention", "LSTMCell", "LayerNormalization", "LeakyReLU", "Masking"),
    *("MaxPooling2D", "Maximum", "Minimum", "MultiHeadAttention", "Multiply", "PReLU", "Permute"),
    *("RMSNormalization", "RNN", "ReLU", "RepeatVector", "Rescaling", "Reshape", "ReversibleEmbedding"),
    *("SeparableConv1D", "SimpleRNN", "SimpleRNNCell", "Softmax", "SpatialDropout1D", "SpectralNormalization"),
    *("StackedRNNCells", "Subtract", "TimeDistributed", "UnitNormalization", "UpSampling1D", "ZeroPadding1D"),
    *("GlorotNormal", "HeNormal", "HeUniform", "IdentityInitializer", "LecunNormal", "LecunUniform", "Ones"),
    *("OrthogonalInitializer", "RandomNormal", "TruncatedNormal", "VarianceScaling"),
    *("L1", "L1L2", "L2", "OrthogonalRegularizer", "MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm"),
}
# Of keras.ops all that compute with numbers; of those in `core` some call functions.
_OPERATIONS = {f"keras.src.ops.{name}" for name in ("numpy", "nn", "math")}
_CORE = {"Cast", "SaturateCast", "Scatter", "ScatterUpdate", "Slice", "SliceUpdate", "StopGradient", "Unstack"}

# What stands for a layer of ours, by the name it is registered under.
_STOCK_OF = {
    "study>LSTM": "LSTM",
    "architecture_study>WordDropoutEmbedding": "Embedding",
    "architecture_study>Pieces": "TimeDistributed",
}


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
        if part.get("registered_name") in _STOCK_OF:
            inner = {key: value for key, value in part["config"].items() if key != "word_dropout"}
            stock = {"class_name": _STOCK_OF[part["registered_name"]], "module": "keras.layers", "config": inner}
            part = {**part, **stock, "registered_name": None}
        return {key: renamed(value) for key, value in part.items()}

    from study.training.backend import keras

    copy = keras.saving.deserialize_keras_object(renamed(keras.saving.serialize_keras_object(model)))
    copy.set_weights(model.get_weights())
    return copy


def load_stock(folder: Path, name: str = "model.keras") -> Any:
    """The Keras model in that file of a bundle, uncompiled.

    Raises Refused where it has other layers than a study's networks, InputError where it cannot be read.
    """
    path = folder / name
    try:
        with zipfile.ZipFile(path) as archive:
            config = json.loads(archive.read("config.json"))
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise damaged(folder, name, why) from error
    foreign = _foreign(config)
    if foreign:
        raise Refused(
            f"{path}: expected stock Keras layers alone, got {', '.join(foreign)}; "
            "such a file may run code of its own and is not loaded"
        )
    from study.training.backend import keras

    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # Keras raises whatever the file makes it stumble on
        raise InputError(f"{path}: Keras cannot read it ({' '.join(str(error).split())[:200]})") from error


def foreign_layers(network: str | None) -> list[str]:
    """What a network, as Keras's JSON, has that is not stock Keras; None is one that Keras cannot write at all."""
    return ["layers without get_config"] if network is None else _foreign(json.loads(network))


def _foreign(config: Any) -> list[str]:
    made = {(module, kind) for module, kind in _classes(config) if not _is_stock(module, kind)}
    return sorted(f"{module}.{kind}" if module else kind for module, kind in made)


def _is_stock(module: str | None, kind: str) -> bool:
    if module in _OPERATIONS:
        return kind.isidentifier() and kind[0].isupper()
    if (module in _MODULES and kind in _CLASSES) or (module == "keras.src.ops.core" and kind in _CORE):
        return True
    return any((module, kind) in readout.stock for readout in READOUTS.values())


def _classes(part: Any) -> Iterator[tuple[str | None, str]]:
    """Module and class of everything a configuration would make."""
    if isinstance(part, dict):
        if "class_name" in part:
            yield part.get("module"), str(part["class_name"])
        for value in part.values():
            yield from _classes(value)
    elif isinstance(part, list):
        for value in part:
            yield from _classes(value)

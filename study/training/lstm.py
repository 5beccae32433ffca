"""An LSTM layer with the results of `keras.layers.LSTM` in less time on one CPU thread.

Stock Keras runs a handful of TensorFlow operations a time step and lets TensorFlow derive the gradient. The
layer here has two routes instead, each with its own gradient:

- `_fused`: the whole sequence in one CPU kernel, for every call without a mask a gate.
- `_gated`: a loop over time with a gradient written by hand, for recurrent dropout. Keras then draws a mask for
  each of the four gates (Gal and Ghahramani 2016, https://arxiv.org/abs/1512.05287), which the kernel cannot take.

Gates are in Keras's order everywhere: input, forget, candidate, output. Arrays here are time-major. In shapes,
t is time, b batch, f features and u units.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from study.training.backend import keras, tf

Tensor = Any  # tf.Tensor; TensorFlow ships no types

# Steps a kernel call takes when only the last state is asked for: 4 to 32 are equally fast, 10 % faster than one
# call for all steps, since the kernel's seven outputs of [steps, b, u] then stay in the processor's cache.
_STEPS_A_CALL = 16


@keras.saving.register_keras_serializable(package="study")
class LSTM(keras.layers.LSTM):  # type: ignore[misc]
    """`keras.layers.LSTM`, faster on one CPU thread; same arguments, weights, config, masks and results.

    Outputs and first-order gradients agree with stock Keras to float32 rounding; a second-order gradient raises
    LookupError. What the fast routes do not cover (see `_covers`) runs in Keras's own implementation. XLA cannot
    compile the kernel, so `compile(jit_compile="auto")` resolves to False for a model with this layer.

    `study.bundle.stock_layers.as_keras` turns a model with this layer into one that needs nothing of ours to be
    read.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self._covers():
            self.supports_jit = False

    def inner_loop(self, sequences: Tensor, initial_state: Any, mask: Any, training: Any = False) -> Any:
        """Run the recurrence over sequences [b, t, f] from the states h and c, each [b, u].

        Returns what `keras.layers.RNN.call` expects: the last output [b, u], the outputs [b, t, u] (or the last
        one alone, [b, 1, u], when sequences are not returned) and the last states [h, c].
        """
        if not self._covers(sequences, mask):
            return super().inner_loop(sequences, initial_state, mask, training=training)
        x = tf.transpose(sequences, (1, 0, 2))  # [t, b, f]
        x = tf.reverse(x, (0,)) if self.go_backwards else x
        h, c = initial_state
        outputs, h, c = self._recur(x, h, c, bool(training))
        batch, steps, _ = sequences.shape  # lost in the loops over time
        for state in (h, c):
            state.set_shape((batch, self.units))
        if not self.return_sequences:
            return h, h[:, None], [h, c]
        outputs = tf.transpose(outputs, (1, 0, 2))
        outputs.set_shape((batch, steps, self.units))
        return h, outputs, [h, c]

    def _covers(self, sequences: Tensor | None = None, mask: Any = None) -> bool:
        """Whether the fast routes serve this layer and, when given, this call."""
        return (
            keras.backend.backend() == "tensorflow"
            and not tf.config.list_logical_devices("GPU")
            and self.activation is keras.activations.tanh
            and self.recurrent_activation is keras.activations.sigmoid
            and self.use_bias
            and self.use_cudnn is not True
            and not (self.unroll or self.stateful)
            and self.compute_dtype == self.variable_dtype == "float32"
            and (sequences is None or sequences.dtype == tf.float32)
            and all(part is None for part in tf.nest.flatten(mask))
        )

    def _recur(self, x: Tensor, h: Tensor, c: Tensor, training: bool) -> tuple[Tensor | None, Tensor, Tensor]:
        """Choose the route. Returns all outputs [t, b, u] (None if not asked for), the last h and the last c."""
        cell = self.cell
        weights = tf.concat([cell.kernel, cell.recurrent_kernel], 0)  # [f + u, 4u]
        bias = tf.convert_to_tensor(cell.bias)  # [4u]
        on_x, on_h = self._masks(x, h) if training else (None, None)
        if isinstance(on_x, list) or on_h is not None:
            masks = _joined(on_x, on_h, x, h)
            return _gated(x, h, c, weights, bias, masks, self.return_sequences)
        if on_x is not None:
            x = x * on_x
        if training or self.return_sequences:
            outputs, c = _fused(x, h, c, weights, bias)
            return outputs, outputs[-1], c
        return None, *_last_state(x, h, c, weights, bias)

    def _masks(self, x: Tensor, h: Tensor) -> tuple[Any, Any]:
        """Return Keras's dropout masks, drawn once a batch and held over all steps, or None for a rate of 0.

        A mask on x is one [b, f] for all gates, or a list of one a gate when there is recurrent dropout; masks on
        h are always a list, each [b, u]. Keras ignores a rate of 1.
        """
        cell = self.cell
        on_x = cell.get_dropout_mask(x[0]) if 0 < cell.dropout < 1 else None
        on_h = cell.get_recurrent_dropout_mask(h) if 0 < cell.recurrent_dropout < 1 else None
        return on_x, on_h


def _joined(on_x: Any, on_h: Any, x: Tensor, h: Tensor) -> list[Tensor]:
    """Join the masks on x and on h gate by gate into four of [b, f + u]; a missing mask keeps everything."""
    on_x = on_x or [tf.ones_like(x[0])] * 4
    on_h = on_h or [tf.ones_like(h)] * 4
    return [tf.concat(pair, 1) for pair in zip(on_x, on_h, strict=True)]


def _last_state(x: Tensor, h: Tensor, c: Tensor, weights: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
    """Return the last h and c, in memory that does not grow with the number of steps."""
    steps = tf.shape(x)[0]
    state = tf.TensorShape((None, h.shape[1]))

    def several(start: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, ...]:
        outputs, c = _fused(x[start : start + _STEPS_A_CALL], h, c, weights, bias)
        return start + _STEPS_A_CALL, outputs[-1], c

    _, h, c = tf.while_loop(
        lambda start, *_: start < steps,
        several,
        (0, h, c),
        shape_invariants=(tf.TensorShape(()), state, state),
    )
    return h, c


@tf.custom_gradient  # type: ignore[untyped-decorator]
def _fused(x: Tensor, h0: Tensor, c0: Tensor, weights: Tensor, bias: Tensor) -> Any:
    """Run all steps in TensorFlow's kernel BlockLSTMV2; returns the outputs [t, b, u] and the last c [b, u].

    The kernel's gates are in Keras's order. The gradient TensorFlow has registered for it belongs to BlockLSTM,
    whose gates are in another order (tensorflow/python/ops/rnn_grad.py), hence the explicit BlockLSTMGradV2.
    """
    peephole = tf.zeros_like(c0[0])  # [u], not used
    steps = tf.shape(x, tf.int64)[0]
    operands = {"seq_len_max": steps, "x": x, "cs_prev": c0, "h_prev": h0, "w": weights, "b": bias}
    inputs = operands | dict.fromkeys(("wci", "wcf", "wco"), peephole) | {"use_peephole": False}
    kept = tf.raw_ops.BlockLSTMV2(cell_clip=0.0, **inputs)  # i, cs, f, o, ci, co, h: [t, b, u] each

    def gradient(h_grad: Tensor, c_grad: Tensor) -> tuple[Tensor, ...]:
        last = [[tf.shape(x)[0] - 1]]
        cs_grad = tf.scatter_nd(last, c_grad[None], tf.shape(kept.cs))  # 0 at all steps but the last
        grads = tf.raw_ops.BlockLSTMGradV2(cs_grad=cs_grad, h_grad=h_grad, **inputs, **kept._asdict())
        return grads.x_grad, grads.h_prev_grad, grads.cs_prev_grad, grads.w_grad, grads.b_grad

    return (kept.h, kept.cs[-1]), gradient


class _Step(NamedTuple):
    """What the gradient needs of one step: arrays of [b, u], or a TensorArray over time of such arrays."""

    i: Any  # input gate
    f: Any  # forget gate
    g: Any  # candidate
    o: Any  # output gate
    c_before: Any
    tanh_c: Any
    xh: Any  # x and the h before, joined: [b, f + u]


class _Gates(NamedTuple):
    """Weights, biases and dropout masks cut by gate: four each of [f + u, u], [u] and [b, f + u]."""

    weights: list[Tensor]
    biases: list[Tensor]
    masks: list[Tensor]


def _step(x: Tensor, h: Tensor, c: Tensor, gates: _Gates) -> tuple[Tensor, Tensor, _Step]:
    """Take one step (Hochreiter and Schmidhuber 1997, https://doi.org/10.1162/neco.1997.9.8.1735).

    Four small products are as fast as one batched product with oneDNN, and 1.5 times as fast without.
    """
    xh = tf.concat([x, h], 1)
    zi, zf, zg, zo = (tf.nn.bias_add(tf.matmul(xh * m, w), b) for w, b, m in zip(*gates, strict=True))
    i, f, g, o = tf.sigmoid(zi), tf.sigmoid(zf), tf.tanh(zg), tf.sigmoid(zo)
    c_after = f * c + i * g
    tanh_c = tf.tanh(c_after)
    return o * tanh_c, c_after, _Step(i, f, g, o, c, tanh_c, xh)


def _step_gradient(dh: Tensor, dc: Tensor, step: _Step) -> tuple[list[Tensor], Tensor]:
    """Return the gradients with respect to the four gates before activation, and to c before the step.

    TanhGrad(y, dy) is dy (1 - y²), SigmoidGrad(y, dy) is dy y (1 - y).
    """
    dc = dc + tf.raw_ops.TanhGrad(y=step.tanh_c, dy=dh * step.o)
    dz = [
        tf.raw_ops.SigmoidGrad(y=step.i, dy=dc * step.g),
        tf.raw_ops.SigmoidGrad(y=step.f, dy=dc * step.c_before),
        tf.raw_ops.TanhGrad(y=step.g, dy=dc * step.i),
        tf.raw_ops.SigmoidGrad(y=step.o, dy=dh * step.tanh_c),
    ]
    return dz, dc * step.f


def _gated(
    x: Tensor, h0: Tensor, c0: Tensor, weights: Tensor, bias: Tensor, masks: list[Tensor], sequences: bool
) -> tuple[Tensor | None, Tensor, Tensor]:
    """Run all steps with a dropout mask a gate; returns the outputs [t, b, u] or None, the last h and c."""

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def run(x: Tensor, h0: Tensor, c0: Tensor, weights: Tensor, bias: Tensor) -> Any:
        gates = _Gates(tf.split(weights, 4, 1), tf.split(bias, 4), masks)
        outputs, h, c, kept = _forward(x, h0, c0, gates, sequences)

        def gradient(*grads: Tensor) -> list[Tensor]:
            *dy, dh, dc = grads
            found = _backward(dy[0] if sequences else None, dh, dc, kept, gates)
            # The values kept count as constants here, so a second derivative would be wrong: refuse it.
            return [
                tf.raw_ops.PreventGradient(input=d, message="LSTM has no second-order gradient") for d in found
            ]

        return ((outputs, h, c) if sequences else (h, c)), gradient

    *outputs, h, c = run(x, h0, c0, weights, bias)
    return (outputs[0] if sequences else None), h, c


def _forward(
    x: Tensor, h: Tensor, c: Tensor, gates: _Gates, sequences: bool
) -> tuple[Tensor | None, Tensor, Tensor, _Step]:
    """Loop over time; returns the outputs [t, b, u] or None, the last h and c, and the steps kept."""
    steps, features, units = tf.shape(x)[0], x.shape[2], h.shape[1]
    xs = _array(steps, features).unstack(x)
    kept = _Step._make(_array(steps, width) for width in [units] * 6 + [features + units])

    def body(t: Tensor, h: Tensor, c: Tensor, kept: _Step, outputs: tuple[Any, ...]) -> tuple[Any, ...]:
        h, c, step = _step(xs.read(t), h, c, gates)
        kept = _Step(*(array.write(t, value) for array, value in zip(kept, step, strict=True)))
        return t + 1, h, c, kept, tuple(array.write(t, h) for array in outputs)

    outputs = (_array(steps, units),) if sequences else ()
    _, h, c, kept, outputs = _loop(lambda t, *_: t < steps, body, (0, h, c, kept, outputs))
    return (outputs[0].stack() if sequences else None), h, c, kept


def _backward(dy: Tensor | None, dh: Tensor, dc: Tensor, kept: _Step, gates: _Gates) -> list[Tensor]:
    """Loop back over time; returns the gradients with respect to x, h0, c0, weights and bias.

    dy [t, b, u] is the gradient of all outputs, dh and dc [b, u] those of the last states. The gradient of the
    weights is summed step by step: one large product after the loop is no faster and takes 4 t b (f + 2u) numbers.
    """
    steps, units = kept.i.size(), dh.shape[1]
    features = kept.xh.element_shape[1] - units
    transposed = [tf.transpose(w) for w in gates.weights]
    dys = None if dy is None else _array(steps, units).unstack(dy)

    def body(t: Tensor, dh: Tensor, dc: Tensor, dx: Any, dw: Any, db: Any) -> tuple[Any, ...]:
        step = _Step(*(array.read(t) for array in kept))
        dz, dc = _step_gradient(dh if dys is None else dh + dys.read(t), dc, step)
        dxh = tf.add_n([tf.matmul(z, w) * m for z, w, m in zip(dz, transposed, gates.masks, strict=True)])
        dxt, dh = tf.split(dxh, (features, units), 1)
        products = (tf.matmul(step.xh * m, z, transpose_a=True) for m, z in zip(gates.masks, dz, strict=True))
        dw = tuple(total + product for total, product in zip(dw, products, strict=True))
        return t - 1, dh, dc, dx.write(t, dxt), dw, tuple(map(tf.add, db, dz))

    sums = tuple(map(tf.zeros_like, gates.weights)), (tf.zeros_like(dh),) * 4
    start = (steps - 1, dh, dc, _array(steps, features), *sums)
    _, dh, dc, dx, dw, db = _loop(lambda t, *_: t >= 0, body, start)
    return [dx.stack(), dh, dc, tf.concat(dw, 1), tf.reduce_sum(tf.concat(db, 1), 0)]


def _array(steps: Tensor, width: int) -> Any:
    """Make a TensorArray of [b, width] over time that can be read more than once."""
    return tf.TensorArray(tf.float32, steps, element_shape=(None, width), clear_after_read=False)


def _loop(condition: Callable[..., Tensor], body: Callable[..., Any], start: tuple[Any, ...]) -> Any:
    """Run `tf.while_loop` with rows undefined, since an operation inside may not know the batch's size."""

    def shape(value: Any) -> Any:
        known = tf.TensorShape(()) if isinstance(value, (int, tf.TensorArray)) else value.shape
        return tf.TensorShape((None, *known[1:])) if known.rank else known

    return tf.while_loop(condition, body, start, shape_invariants=tf.nest.map_structure(shape, start))

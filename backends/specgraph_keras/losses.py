"""Losses and metrics as Keras expressions; TensorFlow has other words for the same."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from specgraph.lower.code import Argument, binary, call, item, value
from specgraph.lower.pycode import Assign, Attr, BinOp, Expr, Name, Stmt, UnaryOp
from specgraph.ops.dims import Dim
from specgraph.training.losses import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    CrossEntropy,
    Loss,
    MeanAbsoluteError,
    MeanSquaredError,
    SparseCategoricalCrossentropy,
)
from specgraph.training.metrics import (
    AbsoluteError,
    BinaryAccuracy,
    CategoricalAccuracy,
    Metric,
    SparseCategoricalAccuracy,
    SquaredError,
)

EPSILON = 1e-7
"""What Keras's own losses clip probabilities by."""
Written = tuple[list[Stmt], Expr]
"""Statements, and the expression they lead to."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a framework calls its functions."""

    abs: str = "ops.abs"
    cast: str = "ops.cast"
    clip: str = "ops.clip"
    copy: str = "ops.copy"
    log: str = "ops.log"
    mean: str = "ops.mean"
    move: str = "ops.moveaxis"
    one_hot: str = "ops.one_hot"
    sigmoid: str = "ops.sigmoid"
    softmax: str = "ops.softmax"
    square: str = "ops.square"
    sum: str = "ops.sum"
    gathers: bool = False
    """Whether ids pick along the last axis by `tf.gather`."""


KERAS = Words()
TENSORFLOW = Words(
    abs="tf.abs",
    cast="tf.cast",
    clip="tf.clip_by_value",
    copy="tf.identity",
    log="tf.math.log",
    mean="tf.reduce_mean",
    move="tf.experimental.numpy.moveaxis",
    one_hot="tf.one_hot",
    sigmoid="tf.sigmoid",
    softmax="tf.nn.softmax",
    square="tf.square",
    sum="tf.reduce_sum",
    gathers=True,
)


@dataclass(frozen=True, slots=True)
class Compared:
    """An output beside its target; the spec's last axis is the last of both."""

    output: Expr
    target: Expr
    rank: int
    size: Dim
    words: Words
    prefix: str = ""
    """What the names of variables begin with."""
    remembers: bool = False
    """Whether Keras's losses would take, for the output itself, the logits that it
    remembers of a sigmoid or of a softmax along whatever axis; a copy has none."""

    def name(self, suffix: str) -> Name:
        """A variable of this output's own."""
        return Name(f"{self.prefix}{suffix}")

    @property
    def classes(self) -> Argument:
        """The size of the last axis."""
        if isinstance(self.size, int):
            return self.size
        return item(Attr(self.output, "shape"), -1)

    @property
    def plain(self) -> Expr:
        """The output as Keras's losses take it for what it is."""
        return call(self.words.copy, self.output) if self.remembers else self.output

    def reduced(self, each: Expr, reduction: str) -> Expr:
        """Examples, or elements, as one number."""
        return call(self.words.mean if reduction == "mean" else self.words.sum, each)


def loss_code(loss: Loss, of: Compared) -> Written:
    """The loss of a batch, one number."""
    match loss:
        case CategoricalCrossentropy():
            native = loss.from_logits or (loss.normalize and loss.epsilon == EPSILON)
            if not native:
                return _categorical(loss, of)
            named = _native(loss)
            if loss.label_smoothing:
                named["label_smoothing"] = loss.label_smoothing
            return [], _keras("categorical_crossentropy", of, loss.reduction, named)
        case SparseCategoricalCrossentropy():
            return _sparse(loss, of)
        case BinaryCrossentropy():
            return _binary(loss, of)
        case MeanSquaredError(reduction=reduction):
            return [], _elements(_error(of.words.square, of), of, reduction)
        case MeanAbsoluteError(reduction=reduction):
            return [], _elements(_error(of.words.abs, of), of, reduction)
    raise NotImplementedError(f"loss {loss.label}")


def _error(power: str, of: Compared) -> Expr:
    """The square, or the size, of each element's error."""
    return call(power, binary(of.output, "-", of.target))


def _elements(each: Expr, of: Compared, reduction: str) -> Expr:
    """Elements as one number; `sum` adds averages along the last axis."""
    if reduction == "sum":
        each = call(of.words.mean, each, axis=-1)
    return of.reduced(each, reduction)


def _native(loss: CrossEntropy) -> dict[str, Argument]:
    return {"from_logits": True} if loss.from_logits else {}


def _keras(
    function: str, of: Compared, reduction: str, named: dict[str, Argument]
) -> Expr:
    each = call(f"keras.losses.{function}", of.target, of.plain, **named)
    return of.reduced(each, reduction)


def _smoothed(target: Expr, smoothing: float, parts: Argument) -> Expr:
    if not smoothing:
        return target
    return binary(
        binary(target, "*", 1 - smoothing), "+", binary(smoothing, "/", parts)
    )


def _clipped(p: Expr, epsilon: float, words: Words) -> Expr:
    if not epsilon:
        return p
    return call(words.clip, p, epsilon, binary(1, "-", epsilon))


def _shares(p: Expr, words: Words) -> Expr:
    return binary(p, "/", call(words.sum, p, axis=-1, keepdims=True))


def _categorical(loss: CategoricalCrossentropy, of: Compared) -> Written:
    """-(y log p) summed, of probabilities first normalized, then clipped."""
    p = of.name("p")
    shares = _shares(of.output, of.words) if loss.normalize else of.output
    target = _smoothed(of.target, loss.label_smoothing, of.classes)
    products = binary(target, "*", call(of.words.log, p))
    each = call(of.words.sum, UnaryOp("-", products), axis=-1)
    made = Assign([p], _clipped(shares, loss.epsilon, of.words))
    return [made], of.reduced(each, loss.reduction)


def _sparse(loss: SparseCategoricalCrossentropy, of: Compared) -> Written:
    """-log p[y]; Keras itself smooths no labels and clips by its own epsilon."""
    named = _native(loss)
    smoothing = loss.label_smoothing
    if loss.from_logits and smoothing:
        ids = call(of.words.cast, of.target, "int32")
        one_hot = call(of.words.one_hot, ids, of.classes)
        smoothed = replace(of, target=one_hot)
        named["label_smoothing"] = smoothing
        function = "categorical_crossentropy"
        return [], _keras(function, smoothed, loss.reduction, named)
    native = loss.from_logits or (loss.normalize and loss.epsilon == EPSILON)
    if native and not smoothing:
        function = "sparse_categorical_crossentropy"
        return [], _keras(function, of, loss.reduction, named)
    p, log_p = of.name("p"), of.name("log_p")
    statements: list[Stmt] = [Assign([p], _clipped(of.output, loss.epsilon, of.words))]
    shares = _shares(p, of.words) if loss.normalize else p
    statements.append(Assign([log_p], call(of.words.log, shares)))
    right = of.reduced(_picked(log_p, of), loss.reduction)
    if not smoothing:
        return statements, UnaryOp("-", right)
    spread = of.reduced(call(of.words.mean, log_p, axis=-1), loss.reduction)
    kept = binary(-(1 - smoothing), "*", right)
    return statements, binary(kept, "-", binary(smoothing, "*", spread))


def _picked(log_p: Expr, of: Compared) -> Expr:
    """The entry at each id along the last axis."""
    ids = call(of.words.cast, of.target, "int32")
    if of.words.gathers:
        return call("tf.gather", log_p, ids, batch_dims=of.rank - 1)
    ids = call("ops.expand_dims", ids, -1)
    return call("ops.take_along_axis", log_p, ids, axis=-1)


def _binary(loss: BinaryCrossentropy, of: Compared) -> Written:
    function = "binary_crossentropy"
    native = loss.epsilon == EPSILON and loss.log_floor is None
    if loss.reduction != "sum_elements" and (loss.from_logits or native):
        named = _native(loss)
        if loss.label_smoothing:
            named["label_smoothing"] = loss.label_smoothing
        return [], _keras(function, of, loss.reduction, named)
    target = _smoothed(of.target, loss.label_smoothing, 2)
    if loss.from_logits:
        each: Expr = call(f"keras.ops.{function}", target, of.plain, from_logits=True)
        return [], call(of.words.sum, each)
    p, y = of.name("p"), of.name("y")
    statements: list[Stmt] = [
        Assign([p], _clipped(of.output, loss.epsilon, of.words)),
        Assign([y], target),
    ]
    yes = binary(y, "*", _log(p, loss.log_floor, of.words))
    no = binary(1, "-", p)
    no = binary(binary(1, "-", y), "*", _log(no, loss.log_floor, of.words))
    each = UnaryOp("-", BinOp(yes, "+", no))
    return statements, _elements(each, of, loss.reduction)


def _log(p: Expr, floor: float | None, words: Words) -> Expr:
    return call(words.log, p) if floor is None else call("bounded_log", p, floor)


def metric_object(metric: Metric, name: str, on_logits: bool) -> Expr | None:
    """Keras's own metric of an output or its logits; None where it has none."""
    match metric:
        case BinaryAccuracy():
            found = metric.on_logits() if on_logits else metric
            named: dict[str, Argument] = {"name": name}
            if found.threshold != 0.5:
                named["threshold"] = _threshold(found.threshold or 0.0)
            return call("keras.metrics.BinaryAccuracy", **named)
        case CategoricalAccuracy():
            return call("keras.metrics.CategoricalAccuracy", name=name)
        case SparseCategoricalAccuracy():
            return call("keras.metrics.SparseCategoricalAccuracy", name=name)
        case SquaredError() if not on_logits:
            return call("keras.metrics.MeanSquaredError", name=name)
        case AbsoluteError() if not on_logits:
            return call("keras.metrics.MeanAbsoluteError", name=name)
    return None


def metric_code(metric: Metric, of: Compared, activation: str = "") -> Expr:
    """A metric, element by element.  `activation` names the op the output is before."""
    match metric:
        case BinaryAccuracy():
            found = metric.on_logits() if activation else metric
            named: dict[str, Argument] = {}
            if found.threshold != 0.5:
                named["threshold"] = _threshold(found.threshold or 0.0)
            function = "keras.metrics.binary_accuracy"
            return call(function, of.target, of.output, **named)
        case CategoricalAccuracy() | SparseCategoricalAccuracy():
            return call(f"keras.metrics.{metric.label}", of.target, of.output)
    if activation:
        of = replace(of, output=call(getattr(of.words, activation), of.output))
    match metric:
        case SquaredError():
            return _error(of.words.square, of)
        case AbsoluteError():
            return _error(of.words.abs, of)
    raise NotImplementedError(f"metric {metric.label}")


def _threshold(number: float) -> Expr:
    if math.isinf(number):
        return call("float", "-inf" if number < 0 else "inf")
    return value(number)

"""Losses and metrics as torch expressions: fused where torch has exactly that."""

from __future__ import annotations

import math
from dataclasses import dataclass

from specgraph.lower.code import Argument, binary, call, item, method, value
from specgraph.lower.pycode import (
    Assign,
    Attr,
    BinOp,
    Compare,
    Expr,
    Name,
    Stmt,
    UnaryOp,
)
from specgraph.ops.dims import Dim
from specgraph.training.losses import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
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


@dataclass(frozen=True, slots=True)
class Compared:
    """An output beside its target; `axis` is where the spec's last axis lies."""

    output: Expr
    target: Expr
    axis: int
    size: Dim
    prefix: str = ""
    """What the names of variables begin with."""

    def name(self, suffix: str) -> Name:
        """A variable of this output's own."""
        return Name(f"{self.prefix}{suffix}")

    @property
    def classes(self) -> Argument:
        """The size of the last axis."""
        if isinstance(self.size, int):
            return self.size
        return item(Attr(self.output, "shape"), self.axis)


Written = tuple[list[Stmt], Expr]
"""Statements, and the expression they lead to."""


def loss_code(loss: Loss, of: Compared) -> Written:
    """The loss of a batch, one number."""
    match loss:
        case CategoricalCrossentropy(from_logits=True):
            return [], _cross_entropy(loss, of, of.output, _second(of.target, of))
        case CategoricalCrossentropy():
            return _categorical(loss, of)
        case SparseCategoricalCrossentropy(from_logits=True):
            return [], _cross_entropy(loss, of, of.output, of.target)
        case SparseCategoricalCrossentropy():
            return _sparse(loss, of)
        case BinaryCrossentropy():
            return _binary(loss, of)
        case MeanSquaredError(reduction=reduction):
            return [], _elementwise("F.mse_loss", of.output, of.target, of, reduction)
        case MeanAbsoluteError(reduction=reduction):
            return [], _elementwise("F.l1_loss", of.output, of.target, of, reduction)
    raise NotImplementedError(f"loss {loss.label}")


def _second(tensor: Expr, of: Compared) -> Expr:
    """The tensor with the last axis of the spec second, where torch has classes."""
    return tensor if of.axis == 1 else method(tensor, "movedim", of.axis, 1)


def _cross_entropy(
    loss: CategoricalCrossentropy | SparseCategoricalCrossentropy,
    of: Compared,
    logits: Expr,
    target: Expr,
) -> Expr:
    named: dict[str, Argument] = {}
    if loss.reduction != "mean":
        named["reduction"] = loss.reduction
    if loss.label_smoothing:
        named["label_smoothing"] = loss.label_smoothing
    return call("F.cross_entropy", _second(logits, of), target, **named)


def _elementwise(
    function: str, output: Expr, target: Expr, of: Compared, reduction: str
) -> Expr:
    if reduction == "mean":
        return call(function, output, target)
    if reduction == "sum_elements":
        return call(function, output, target, reduction="sum")
    each = call(function, output, target, reduction="none")
    return _reduced(each, of, reduction)


def _reduced(each: Expr, of: Compared, reduction: str) -> Expr:
    """Elements as one number; `sum` adds averages along the spec's last axis."""
    if reduction == "sum":
        return method(method(each, "mean", of.axis), "sum")
    return method(each, "sum" if reduction == "sum_elements" else "mean")


def _smoothed(target: Expr, smoothing: float, parts: Argument) -> Expr:
    if not smoothing:
        return target
    return binary(
        binary(target, "*", 1 - smoothing), "+", binary(smoothing, "/", parts)
    )


def _clipped(p: Expr, epsilon: float) -> Expr:
    return method(p, "clamp", epsilon, binary(1, "-", epsilon)) if epsilon else p


def _categorical(loss: CategoricalCrossentropy, of: Compared) -> Written:
    """-(y log p).sum, of probabilities that are first normalized, then clipped."""
    p = of.name("p")
    shares: Expr = of.output
    if loss.normalize:
        shares = binary(of.output, "/", method(of.output, "sum", of.axis, keepdim=True))
    target = _smoothed(of.target, loss.label_smoothing, of.classes)
    products = binary(target, "*", method(p, "log"))
    each = method(UnaryOp("-", products), "sum", of.axis)
    reduction = "mean" if loss.reduction == "mean" else "sum"
    return [Assign([p], _clipped(shares, loss.epsilon))], method(each, reduction)


def _sparse(loss: SparseCategoricalCrossentropy, of: Compared) -> Written:
    """-log p[y]; cross_entropy's softmax of log p is p divided by its sum."""
    logs = method(_clipped(of.output, loss.epsilon), "log")
    if loss.normalize:
        return [], _cross_entropy(loss, of, logs, of.target)
    named = {} if loss.reduction == "mean" else {"reduction": loss.reduction}
    if not loss.label_smoothing:
        return [], call("F.nll_loss", _second(logs, of), of.target, **named)
    log_p = of.name("log_p")
    right = call("F.nll_loss", _second(log_p, of), of.target, **named)
    spread = method(method(log_p, "mean", of.axis), loss.reduction)
    total = binary(
        binary(1 - loss.label_smoothing, "*", right),
        "-",
        binary(loss.label_smoothing, "*", spread),
    )
    return [Assign([log_p], logs)], total


def _binary(loss: BinaryCrossentropy, of: Compared) -> Written:
    target = _smoothed(of.target, loss.label_smoothing, 2)
    if loss.from_logits:
        function = "F.binary_cross_entropy_with_logits"
        return [], _elementwise(function, of.output, target, of, loss.reduction)
    p, y = of.name("p"), of.name("y")
    statements: list[Stmt] = [
        Assign([p], _clipped(of.output, loss.epsilon)),
        Assign([y], target),
    ]
    yes = binary(y, "*", _log(p, loss.log_floor))
    no = binary(binary(1, "-", y), "*", _log(binary(1, "-", p), loss.log_floor))
    each = UnaryOp("-", BinOp(yes, "+", no))
    return statements, _reduced(each, of, loss.reduction)


def _log(p: Expr, floor: float | None) -> Expr:
    return method(p, "log") if floor is None else call("bounded_log", p, floor)


def metric_code(metric: Metric, of: Compared, activation: str = "") -> Expr:
    """The metric of a batch.  `activation` names the op that the output is before."""
    output = of.output
    match metric:
        case BinaryAccuracy():
            found = metric.on_logits() if activation else metric
            above = Compare(output, ">", _threshold(found.threshold or 0))
            return _share(above, of.target, output)
        case CategoricalAccuracy():
            label = method(of.target, "argmax", of.axis)
            return _share(method(output, "argmax", of.axis), label, output)
        case SparseCategoricalAccuracy():
            return _share(method(output, "argmax", of.axis), of.target, output)
    if activation:
        output = method(
            output, activation, *((of.axis,) if activation == "softmax" else ())
        )
    match metric:
        case SquaredError():
            return call("F.mse_loss", output, of.target)
        case AbsoluteError():
            return call("F.l1_loss", output, of.target)
    raise NotImplementedError(f"metric {metric.label}")


def _share(guess: Expr, label: Expr, output: Expr) -> Expr:
    """How often a guess is the label, in the output's type."""
    return call("torch.mean", Compare(guess, "==", label), dtype=Attr(output, "dtype"))


def _threshold(number: float) -> Expr:
    if math.isinf(number):
        return call("float", "-inf" if number < 0 else "inf")
    return value(int(number) if number == int(number) else number)

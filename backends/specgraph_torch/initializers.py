"""Initializers as statements: `torch.nn.init` where it agrees with the definition."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from specgraph.lower.code import Argument, call, item, method
from specgraph.lower.pycode import Expr, ExprStmt, Stmt
from specgraph.lower.rules import At, Init
from specgraph.lower.slots import Piece
from specgraph.ops.base import Param
from specgraph.training.initializers import (
    Constant,
    FanInUniform,
    FanScaled,
    Identity,
    Initializer,
    Ones,
    Orthogonal,
    RandomNormal,
    RandomUniform,
    TruncatedNormal,
    VarianceScaling,
    Zeros,
    fans,
)
from specgraph.training.sinusoidal import Sinusoidal

Form = tuple[str, tuple[float, ...]]
"""A distribution by its kind and numbers, whatever initializer gives it."""


@dataclass(frozen=True, slots=True)
class Fill:
    """One statement that fills a tensor: a function and its arguments."""

    function: str
    args: tuple[Argument, ...] = ()
    named: tuple[tuple[str, Argument], ...] = ()
    gate: tuple[int, int] | None = None
    """The part of the tensor's rows that is filled, and of how many."""
    as_matrix: bool = False
    """Whether all axes but the last are taken as one."""

    def statement(self, target: Expr, helper: Callable[[str], Expr]) -> Stmt:
        """The statement for a tensor; a function without a dot is a helper."""
        if self.gate is not None:
            place, count = self.gate
            target = item(method(target, "chunk", count), place)
        if self.as_matrix:
            target = method(target, "flatten", 0, -2)
        function = self.function if "." in self.function else helper(self.function)
        return ExprStmt(call(function, target, *self.args, **dict(self.named)))


def inits(at: At, **tensors: tuple[str, Initializer]) -> tuple[Init, ...]:
    """Inits of a layer's tensors: the weight in each, and the layer's own default."""
    found = []
    for tensor, (name, native) in tensors.items():
        param = at.param(name)
        if param is not None:
            found.append(Init(tensor, name, is_default(param, native)))
    return tuple(found)


def is_default(param: Param, native: Initializer) -> bool:
    """Whether a layer's own default is the weight's initializer."""
    kind, numbers = _form(param.initializer, param)
    wanted, others = _form(native, param)
    alike = all(map(math.isclose, numbers, others))
    return kind == wanted and alike and not param.gate_initializers


def fills(param: Param, piece: Piece) -> tuple[Fill, ...]:
    """The statements that fill a framework tensor as the weight's initializer says."""
    found = list(_fills(param.initializer, param, piece))
    for name, initializer in param.gate_initializers:
        place = param.gates.index(name)
        if piece.blocks:
            place = piece.blocks.index(place)
        gate = (place, len(param.gates))
        found += [replace(f, gate=gate) for f in _fills(initializer, param, piece)]
    return tuple(found)


def _form(initializer: Initializer, param: Param) -> Form:
    match initializer:
        case Zeros():
            return "constant", (0.0,)
        case Ones():
            return "constant", (1.0,)
        case Constant(value=value):
            return "constant", (value,)
        case RandomNormal(mean=mean, stddev=stddev):
            return "normal", (mean, stddev)
        case TruncatedNormal(mean=mean, stddev=0):
            return "constant", (mean,)  # `trunc_normal_` divides by it
        case TruncatedNormal(mean=mean, stddev=stddev):
            return "truncated", (mean, stddev)
        case RandomUniform(minval=low, maxval=high):
            return "uniform", (low, high)
        case FanInUniform():
            bound = initializer.bound(param.shape)
            return "uniform", (-bound, bound)
        case FanScaled():
            return _scaled(initializer.scaling(), param)
        case Orthogonal(gain=gain):
            return "orthogonal", (gain,)
        case Identity(gain=gain):
            return "identity", (gain,)
        case Sinusoidal(base=base, interleaved=mixed, start=start, step=step):
            return "sinusoidal", (base, mixed, start, step)
    raise NotImplementedError(f"initializer {initializer.label}")


def _scaled(initializer: VarianceScaling, param: Param) -> Form:
    spread = initializer.spread(param.shape)
    if initializer.distribution == "uniform":
        return "uniform", (-spread, spread)
    cut = initializer.distribution == "truncated_normal"
    return "truncated" if cut else "normal", (0.0, spread)


def _fills(initializer: Initializer, param: Param, piece: Piece) -> tuple[Fill, ...]:
    if isinstance(initializer, FanScaled) and piece.axes:
        found = _by_fan(initializer.scaling(), param, piece)
        if found is not None and len(param.shape) > 1:
            return (found,)
    kind, numbers = _form(initializer, param)
    match kind:
        case "constant":
            names = {0.0: "nn.init.zeros_", 1.0: "nn.init.ones_"}
            name = names.get(numbers[0])
            return (Fill(name) if name else Fill("nn.init.constant_", numbers),)
        case "uniform":
            return (Fill("nn.init.uniform_", numbers),)
        case "orthogonal" if _is_regrouped(piece):
            args = (param.shape[-2], *(numbers if numbers[0] != 1 else ()))
            return (Fill("orthogonal_by_channel_", args),)
        case "orthogonal":
            named = (("gain", numbers[0]),) if numbers[0] != 1 else ()
            matrix = not piece.axes and len(param.shape) > 2
            return (Fill("nn.init.orthogonal_", (), named, as_matrix=matrix),)
        case "identity":
            return (_identity(numbers[0], piece),)
        case "sinusoidal":
            return (Fill("sinusoidal_", (), _written(initializer)),)
    mean, stddev = numbers
    given: list[tuple[str, Argument]] = [("mean", mean)] if mean else []
    given.append(("std", stddev))
    if kind == "normal":
        return (Fill("nn.init.normal_", (), tuple(given)),)
    given += [("a", mean - 2 * stddev), ("b", mean + 2 * stddev)]
    return (Fill("nn.init.trunc_normal_", (), tuple(given)),)


def _is_regrouped(piece: Piece) -> bool:
    """Whether the tensor's axes are others than the weight's: its fans do not show."""
    return bool(piece.shape) and not piece.split


def _by_fan(scaling: VarianceScaling, param: Param, piece: Piece) -> Fill | None:
    """A fill that finds the fans itself, so that layers of all sizes can share it."""
    scale, mode = scaling.scale, scaling.mode
    inner, outer = fans(param.shape, scaling.input_axes, scaling.output_axes)
    if scaling.input_axes is not None and piece.shape != (outer, inner):
        return None
    if scaling.input_axes is None and _is_regrouped(piece):
        return None
    if scaling.distribution == "truncated_normal":
        named = (("mode", mode),) if mode != "fan_in" else ()
        return Fill("variance_scaling_", (scale,), named)
    suffix = "uniform_" if scaling.distribution == "uniform" else "normal_"
    if mode == "fan_avg":
        gain = (("gain", math.sqrt(scale)),) if scale != 1 else ()
        return Fill(f"nn.init.xavier_{suffix}", (), gain)
    nonlinearity = {1.0: "linear", 2.0: "relu"}.get(scale)
    if nonlinearity is None:
        return None
    named = (("mode", mode),) if mode != "fan_in" else ()
    return Fill(
        f"nn.init.kaiming_{suffix}", (), (*named, ("nonlinearity", nonlinearity))
    )


def _written(initializer: Initializer) -> tuple[tuple[str, Argument], ...]:
    """The attributes that are not the defaults."""
    fields = type(initializer).model_fields
    return tuple((n, v) for n, v in initializer if v != fields[n].default)


def _identity(gain: float, piece: Piece) -> Fill:
    """`gain` on the diagonal, also where gates come in another order."""
    if gain == 1 and not piece.blocks:
        return Fill("nn.init.eye_")
    named = (("blocks", piece.blocks),) if piece.blocks else ()
    return Fill("identity_", (gain,), named)

"""Initializers as statements: `torch.nn.init` where it agrees with the definition."""

from __future__ import annotations

from dataclasses import dataclass, replace

from specgraph.definition import call_form
from specgraph.lower.code import Argument, call, item
from specgraph.lower.pycode import Const, Expr, ExprStmt, Slice, Stmt
from specgraph.lower.rules import At, Init
from specgraph.ops.base import Param
from specgraph.training.initializers import (
    Constant,
    FanInUniform,
    FanScaled,
    GlorotUniform,
    HeUniform,
    Identity,
    Initializer,
    Ones,
    Orthogonal,
    RandomNormal,
    RandomUniform,
    TruncatedNormal,
    VarianceScaling,
    Zeros,
)

KAIMING = VarianceScaling(scale=1 / 3, mode="fan_in", distribution="uniform")
"""What `nn.Linear` and `nn.Conv2d` do to their weight: `kaiming_uniform_(a=sqrt(5))`."""
FAN_IN = FanInUniform()
"""What they do to their bias."""


@dataclass(frozen=True, slots=True)
class Fill:
    """One statement that fills a tensor: a function of `nn.init` and its arguments."""

    function: str
    args: tuple[Argument, ...] = ()
    named: tuple[tuple[str, Argument], ...] = ()
    rows: tuple[int, int] | None = None

    def statement(self, target: Expr) -> Stmt:
        """The statement for a tensor."""
        if self.rows is not None:
            target = item(target, Slice(Const(self.rows[0]), Const(self.rows[1])))
        return ExprStmt(call(self.function, target, *self.args, **dict(self.named)))


def is_default(param: Param, native: Initializer) -> bool:
    """Whether a layer's own default is the weight's initializer."""
    found = param.initializer
    if isinstance(native, FanInUniform):
        return isinstance(found, FanInUniform)
    if isinstance(found, FanScaled) and isinstance(native, FanScaled):
        return call_form(found.scaling()) == call_form(native.scaling())
    return call_form(found) == call_form(native)


def fills(param: Param) -> tuple[Fill, ...]:
    """The statements that fill a framework tensor as the weight's initializer says."""
    found = list(_fills(param.initializer, param))
    for gate, initializer in param.gate_initializers:
        width = param.shape[-1] // len(param.gates)
        first = param.gates.index(gate) * width
        found += [
            replace(fill, rows=(first, first + width))
            for fill in _fills(initializer, param)
        ]
    return tuple(found)


def inits(at: At, **tensors: tuple[str, Initializer]) -> tuple[Init, ...]:
    """Inits of a layer's tensors: the weight in each, and the layer's own default."""
    found = []
    for tensor, (name, native) in tensors.items():
        param = at.param(name)
        if param is not None:
            found.append(Init(tensor, name, is_default(param, native)))
    return tuple(found)


def _fills(initializer: Initializer, param: Param) -> tuple[Fill, ...]:
    match initializer:
        case Zeros():
            return (Fill("nn.init.zeros_"),)
        case Ones():
            return (Fill("nn.init.ones_"),)
        case Constant(value=value):
            return (Fill("nn.init.constant_", (value,)),)
        case GlorotUniform() if len(param.shape) > 1:
            return (Fill("nn.init.xavier_uniform_"),)
        case HeUniform() if len(param.shape) > 1:
            return (Fill("nn.init.kaiming_uniform_", (), (("nonlinearity", "relu"),)),)
        case FanScaled():
            return (_scaled(initializer.scaling(), param),)
        case RandomNormal(mean=mean, stddev=stddev):
            return (_normal(mean, stddev),)
        case TruncatedNormal(mean=mean, stddev=stddev):
            return (_truncated(mean, stddev),)
        case RandomUniform(minval=low, maxval=high):
            return (Fill("nn.init.uniform_", (low, high)),)
        case FanInUniform():
            bound = initializer.bound(param.shape)
            return (Fill("nn.init.uniform_", (-bound, bound)),)
        case Orthogonal(gain=gain):
            named = (("gain", gain),) if gain != 1 else ()
            return (Fill("nn.init.orthogonal_", (), named),)
        case Identity(gain=gain) if gain == 1:
            return (Fill("nn.init.eye_"),)
    raise NotImplementedError(f"initializer {initializer.label}")


def _scaled(initializer: VarianceScaling, param: Param) -> Fill:
    spread = initializer.spread(param.shape)
    if initializer.distribution == "uniform":
        return Fill("nn.init.uniform_", (-spread, spread))
    if initializer.distribution == "truncated_normal":
        return _truncated(0.0, spread)
    return _normal(0.0, spread)


def _normal(mean: float, stddev: float) -> Fill:
    named: list[tuple[str, Argument]] = [("mean", mean)] if mean else []
    return Fill("nn.init.normal_", (), (*named, ("std", stddev)))


def _truncated(mean: float, stddev: float) -> Fill:
    """Cut at two standard deviations; torch's bounds are absolute."""
    low, high = mean - 2 * stddev, mean + 2 * stddev
    named: list[tuple[str, Argument]] = [("mean", mean)] if mean else []
    named += [("std", stddev), ("a", low), ("b", high)]
    return Fill("nn.init.trunc_normal_", (), tuple(named))

"""Normalization: `nn.BatchNorm` and `nn.LayerNorm`."""

from __future__ import annotations

from decimal import Decimal

from specgraph.lower.code import Argument, call, item, method
from specgraph.lower.pycode import Attr, Expr, Name, Tuple
from specgraph.lower.rules import At, Gap, Lowered
from specgraph.lower.slots import AnySlot, Fixed, Ignored, slot
from specgraph.ops.base import Sample, SampleInput
from specgraph.ops.norm import BatchNorm, LayerNorm
from specgraph.training.initializers import Ones, Zeros
from specgraph_torch.initializers import inits
from specgraph_torch.rules.base import RULES

DIMS = {2: 1, 3: 1, 4: 2, 5: 3}
"""How many spatial axes the layer has that takes a rank."""
EPSILON = 1e-5
MOMENTUM = 0.1


RULES.refuses(
    BatchNorm,
    Sample(
        "an `epsilon` of 0 and an unbiased `running_variance`",
        {"epsilon": 0, "running_variance": "unbiased"},
        (SampleInput((3,)),),
    ),
)


@RULES.lower(BatchNorm)
def batch_norm(op: BatchNorm, at: At) -> Lowered:
    """The layer, or one of ours where the running statistics differ."""
    layer, named = _layer(op, at)
    shape = at.params[0].shape
    made = call(layer, *shape, **named, **_bare(op, "affine"))
    slots = (
        *_slots(op, shape),
        slot("running_mean", "moving_mean"),
        slot("running_var", "moving_variance"),
        Ignored("num_batches_tracked"),
    )
    value: Expr = call(at.layer(""), at.input)
    if at.type.rank not in DIMS:
        flat = call(at.layer(""), method(at.input, "flatten", 2))
        value = method(flat, "reshape", Attr(at.input, "shape"))
    starts = inits(
        at,
        weight=("gamma", Ones()),
        bias=("beta", Zeros()),
        running_mean=("moving_mean", Zeros()),
        running_var=("moving_variance", Ones()),
    )
    return Lowered({"output": value}, {"": made}, slots=slots, inits=starts)


def _layer(op: BatchNorm, at: At) -> tuple[Expr, dict[str, Argument]]:
    """The class that keeps running statistics as the op does, and its numbers."""
    kind = f"BatchNorm{DIMS.get(at.type.rank, 1)}d"
    named: dict[str, Argument] = {}
    if op.epsilon != EPSILON:
        named["eps"] = op.epsilon
    if not at.trainable:
        return at.helper(f"Frozen{kind}"), named
    share = float(1 - Decimal(repr(op.momentum)))
    if share != MOMENTUM:
        named["momentum"] = share
    if op.running_variance == "biased":
        return at.helper(kind), named
    if not op.epsilon:
        raise Gap(f"nn.{kind} refuses an epsilon of 0 in training")
    return Attr(Name("nn"), kind), named


@RULES.lower(LayerNorm)
def layer_norm(op: LayerNorm, at: At) -> Lowered:
    """The framework's layer."""
    named: dict[str, Argument] = {} if op.epsilon == EPSILON else {"eps": op.epsilon}
    named |= _bare(op, "elementwise_affine")
    if op.scale and not op.center:
        named["bias"] = False
    axes = op.axes_of(at.type)
    value, layer = over_last(at, axes, "nn.LayerNorm", named)
    shape = at.params[0].shape if at.params else ()
    return Lowered(
        {"output": value},
        layer,
        slots=_slots(op, shape),
        inits=inits(at, weight=("gamma", Ones()), bias=("beta", Zeros())),
    )


FUNCTIONS = {"nn.LayerNorm": "F.layer_norm", "nn.RMSNorm": "F.rms_norm"}


def over_last(
    at: At, axes: tuple[int, ...], layer: str, named: dict[str, Argument]
) -> tuple[Expr, dict[str, Expr]]:
    """A norm of the last axes: others go there and come back; its value and layer.

    A layer has fixed sizes, so of others it is a function.
    """
    rank = at.type.rank
    last = tuple(range(-len(axes), 0))
    value = at.input
    moves = axes != tuple(range(rank - len(axes), rank))
    if moves:
        value = method(value, "movedim", _one(axes), _one(last))
    sizes = tuple(at.type.shape[axis - 1] for axis in axes)
    fixed = tuple(size for size in sizes if isinstance(size, int))
    made: dict[str, Expr] = {}
    if len(fixed) == len(sizes):
        made = {"": call(layer, _one(fixed), **named)}
        value = call(at.layer(""), value)
    else:
        seen = [item(Attr(at.input, "shape"), axis) for axis in axes]
        epsilon = {"eps": named["eps"]} if "eps" in named else {}
        value = call(FUNCTIONS[layer], value, Tuple(list(seen)), **epsilon)
    if moves:
        value = method(value, "movedim", _one(last), _one(axes))
    return value, made


def _bare(op: BatchNorm | LayerNorm, switch: str) -> dict[str, Argument]:
    """The argument that leaves out both weights."""
    return {} if op.scale or op.center else {switch: False}


def _slots(op: BatchNorm | LayerNorm, shape: tuple[int, ...]) -> tuple[AnySlot, ...]:
    """Both weights, or one and a constant where the layer cannot leave it out."""
    if not op.scale and not op.center:
        return ()
    weight = slot("weight", "gamma") if op.scale else Fixed("weight", 1.0, shape)
    if op.center:
        return weight, slot("bias", "beta")
    if isinstance(op, LayerNorm):
        return (weight,)
    return weight, Fixed("bias", 0.0, shape)


def _one(numbers: tuple[int, ...]) -> int | tuple[int, ...]:
    return numbers[0] if len(numbers) == 1 else numbers

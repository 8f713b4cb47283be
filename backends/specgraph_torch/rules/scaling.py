"""Scaling: `nn.RMSNorm`, `F.normalize`, given numbers, a learned factor."""

from __future__ import annotations

from specgraph.lower.code import Argument, binary, call, method
from specgraph.lower.pycode import Expr
from specgraph.lower.rules import At, Init, Lowered
from specgraph.lower.slots import slot
from specgraph.ops.scaling import L2Normalize, LayerScale, Normalization, RMSNorm
from specgraph.training.initializers import Ones
from specgraph_torch.initializers import inits
from specgraph_torch.rules.base import RULES
from specgraph_torch.rules.norm import over_last


@RULES.lower(RMSNorm)
def rms_norm(op: RMSNorm, at: At) -> Lowered:
    """The layer normalizes the last axes: others go there and come back."""
    named: dict[str, Argument] = {"eps": op.epsilon}
    if not op.scale:
        named["elementwise_affine"] = False
    axes = op.axes_of(at.type)
    value, layer = over_last(at, axes, "nn.RMSNorm", named)
    return Lowered(
        {"output": value},
        layer,
        slots=(slot("weight", "scale"),) if op.scale else (),
        inits=inits(at, weight=("scale", Ones())),
    )


@RULES.lower(L2Normalize)
def l2_normalize(op: L2Normalize, at: At) -> Lowered:
    """`F.normalize` along one axis where it lies; a helper along several."""
    axes = at.type.axes(op.axis)
    if len(axes) > 1:
        places = tuple(sorted(at.orders.first.index(one) for one in axes))
        made = call(at.helper("l2_normalize"), at.input, dim=places)
        return Lowered({"output": made})
    axis = at.physical_axis(axes[0])
    named: dict[str, Argument] = {} if axis == 1 else {"dim": axis}
    return Lowered({"output": call("F.normalize", at.input, **named)})


@RULES.lower(Normalization)
def normalization(op: Normalization, at: At) -> Lowered:
    """Arithmetic with numbers, or with tensors of them along the axis."""
    after = at.type.rank - 1 - at.orders.first.index(at.type.axis(op.axis))
    mean, deviation = (
        _numbers(at.input, given, after) for given in (op.mean, op.deviation)
    )
    if op.invert:
        made = binary(binary(at.input, "*", deviation), "+", mean)
    else:
        made = binary(binary(at.input, "-", mean), "/", deviation)
    return Lowered({"output": made})


def _numbers(x: Expr, given: float | tuple[float, ...], after: int) -> Argument:
    if not isinstance(given, tuple):
        return given
    found = method(x, "new_tensor", given)
    return method(found, "view", -1, *(1,) * after) if after else found


@RULES.lower(LayerScale)
def layer_scale(op: LayerScale, at: At) -> Lowered:
    """A helper: a factor that is multiplied along the axis."""
    (gamma,) = at.params
    after = at.type.rank - 1 - at.orders.first.index(op.axis_of(at.type))
    shape = (*gamma.shape, *(1,) * after)
    made = call(at.helper("LayerScale"), op.init_values, *shape)
    weight = slot("gamma", "gamma", shape=shape if after else ())
    return Lowered(
        {"output": call(at.layer(""), at.input)},
        {"": made},
        slots=(weight,),
        inits=(Init("gamma", "gamma", native=True),),
    )

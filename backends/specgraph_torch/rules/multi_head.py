"""Attention by several heads: modules around `F.scaled_dot_product_attention`."""

from __future__ import annotations

from math import prod

from specgraph.lower.code import Argument, call
from specgraph.lower.pycode import Assign, Expr, Name, Tuple
from specgraph.lower.rules import At, Gap, Init, Lowered
from specgraph.lower.slots import Slot, slot
from specgraph.ops.base import Sample, SampleInput
from specgraph.ops.multi_head import PROJECTIONS, MultiHeadAttention
from specgraph.training.initializers import FanInUniform, Orthogonal
from specgraph_torch.initializers import inits
from specgraph_torch.rules.attention import mask_of
from specgraph_torch.rules.base import RULES

RULES.refuses(
    MultiHeadAttention,
    Sample(
        "an orthogonal `kernel_initializer`",
        {"num_heads": 2, "key_dim": 3, "kernel_initializer": "orthogonal"},
        (SampleInput((5, 4)),),
    ),
)


@RULES.lower(MultiHeadAttention)
def multi_head_attention(op: MultiHeadAttention, at: At) -> Lowered:
    """A helper around the fused function; `nn.MultiheadAttention` has other masks."""
    if isinstance(op.kernel_initializer, Orthogonal):
        raise Gap("nn.init.orthogonal_ knows no kernel of several heads")
    scored = "scores" in at.used
    layer = _projected(op, at, scored) if scored or not _is_plain(op, at) else None
    made: Expr = call(at.layer(""), *_operands(at), **_seen(op, at))
    lowered = Lowered(
        {"output": made},
        {"": layer or _plain(op, at)},
        slots=_slots(at),
        inits=_inits(at),
        inner=dict.fromkeys(PROJECTIONS, "nn.Linear"),
    )
    if scored:
        lowered.outputs = {}
        for part, output in enumerate(("output", "scores")):
            used = output in at.used
            lowered.outputs[output] = at.result(output) if used else Name("_")
            made = at.tagged(made, output, part) if used else made
        lowered.body = [Assign([Tuple(list(lowered.outputs.values()))], made)]
    return lowered


def _is_plain(op: MultiHeadAttention, at: At) -> bool:
    """Whether all projections are of one width, to equal heads, with or without bias."""
    heads, groups, key_dim, value_dim = op.heads
    query, key, value = op.operands(at.types)
    widths = {kind.shape[1] for kind in (query, key, value)} | {op.output_shape}
    alike = groups == heads and value_dim == key_dim and len(widths) == 1
    return alike and isinstance(op.use_bias, bool)


def _plain(op: MultiHeadAttention, at: At) -> Expr:
    """`MultiHeadAttention(768, 12, dropout=0.1)`."""
    heads, _, key_dim, _ = op.heads
    width = at.params[0].shape[0]
    named: dict[str, Argument] = {}
    if width != heads * key_dim:
        named["key_dim"] = key_dim
    if not op.use_bias:
        named["bias"] = False
    if op.dropout:
        named["dropout"] = op.dropout
    return call(at.helper("MultiHeadAttention"), width, heads, **named)


def _projected(op: MultiHeadAttention, at: At, scored: bool) -> Expr:
    """`ProjectedAttention(8, query=nn.Linear(512, 512), …)`."""
    heads, groups, _, _ = op.heads
    named: dict[str, Argument] = {}
    for name in PROJECTIONS:
        weight = next(s for s in _slots(at) if s.key == f"{name}.weight")
        outer, inner = weight.pieces[0].shape
        bias: dict[str, Argument] = {} if op.biased(name) else {"bias": False}
        named[name] = call("nn.Linear", inner, outer, **bias)
    if groups != heads:
        named["groups"] = groups
    if op.dropout:
        named["dropout"] = op.dropout
    helper = at.helper("ScoredAttention" if scored else "ProjectedAttention")
    return call(helper, heads, **named)


def _slots(at: At) -> tuple[Slot, ...]:
    """Kernels are [out, in], heads joint; so are biases."""
    found = []
    for param in at.params:
        name, _, role = param.name.partition("_")
        shape = param.shape
        joint: tuple[int, ...] = (prod(shape),)
        axes: tuple[int, ...] = ()
        if role == "kernel" and name == "output":
            axes, joint = (2, 0, 1), (shape[2], shape[0] * shape[1])
        elif role == "kernel":
            axes, joint = (1, 2, 0), (shape[1] * shape[2], shape[0])
        tensor = "weight" if role == "kernel" else "bias"
        found.append(slot(f"{name}.{tensor}", param.name, axes=axes, shape=joint))
    return tuple(found)


def _inits(at: At) -> tuple[Init, ...]:
    natives = {}
    for kernel in at.params:
        name, _, role = kernel.name.partition("_")
        if role == "kernel":
            fan = kernel.shape[0] * (kernel.shape[1] if name == "output" else 1)
            native = FanInUniform(fan=fan)
            natives[f"{name}.weight"] = (kernel.name, native)
            natives[f"{name}.bias"] = (f"{name}_bias", native)
    return inits(at, **natives)


def _operands(at: At) -> list[Expr]:
    """Query, key and value, as far as they are not the ones before."""
    value, key = at.inputs.maybe("value"), at.inputs.maybe("key")
    found = [at.inputs.one("query")]
    if value is None and key is None:
        return found
    if key is None:
        return [*found, at.inputs.one("value")]
    return [*found, key, value or at.inputs.one("query")]


def _seen(op: MultiHeadAttention, at: At) -> dict[str, Argument]:
    """The arguments that say which keys a query sees."""
    named: dict[str, Argument] = {}
    mask = mask_of(at)
    if mask is not None:
        named["mask"] = mask
    if op.causal:
        named["causal"] = True
    return named

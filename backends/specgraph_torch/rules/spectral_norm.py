"""Layers with a spectral norm: `parametrizations.spectral_norm`."""

from __future__ import annotations

from dataclasses import replace
from math import prod

from specgraph.lower.code import Argument, call
from specgraph.lower.holding import kernel_held
from specgraph.lower.rules import At, Gap, Init, Lowered, Step
from specgraph.lower.slots import AnySlot, slot
from specgraph.ops.base import Bound, Sample, SampleInput, TensorType
from specgraph.ops.spectral_norm import SpectralNorm
from specgraph_torch.initial import PARAMETRIZED
from specgraph_torch.rules.base import RULES

VECTORS = ("vector_u", "vector_v")
BUFFERS = "parametrizations.weight.0"


@RULES.rewrite(SpectralNorm)
def padded_before(op: SpectralNorm, types: Bound[TensorType]) -> list[Step] | None:
    """A padding that the layer has not becomes an op of its own."""
    return kernel_held(op, types, RULES)


RULES.refuses(
    SpectralNorm,
    Sample(
        "`trainable: false`",
        {"layer": {"dense": 4}},
        (SampleInput((3,)),),
        "torch",
        False,
    ),
)


@RULES.lower(SpectralNorm)
def spectral_norm(op: SpectralNorm, at: At) -> Lowered:
    """The layer, its weight divided in torch's own way."""
    if not at.trainable:
        raise Gap(
            "its vectors change in training, whether the kernel is trained or not"
        )
    entry = RULES.find(type(op.layer))
    assert entry is not None
    params = tuple(param for param in at.params if param.name not in VECTORS)
    lowered = entry.rule(op.layer, replace(at, op=op.layer, params=params))
    named: dict[str, Argument] = {}
    if op.power_iterations != 1:
        named["n_power_iterations"] = op.power_iterations
    if op.epsilon != 1e-12:
        named["eps"] = op.epsilon
    function = "nn.utils.parametrizations.spectral_norm"
    lowered.init = {"": call(function, lowered.init[""], **named)}
    slots: list[AnySlot] = []
    for found in lowered.slots:
        slots.append(
            replace(found, key=PARAMETRIZED) if found.key == "weight" else found
        )
    (v,) = (param for param in at.params if param.name == "vector_v")
    last = len(v.shape) - 1
    slots.append(slot(f"{BUFFERS}._u", "vector_u"))
    # Channels come before the window.
    axes = (last, *range(last))
    slots.append(slot(f"{BUFFERS}._v", "vector_v", axes=axes, shape=(prod(v.shape),)))
    lowered.slots = tuple(slots)
    lowered.inits = tuple(map(_renamed, lowered.inits))
    return lowered


def _renamed(init: Init) -> Init:
    return replace(init, tensor=PARAMETRIZED) if init.tensor == "weight" else init

"""What a layer of a random spec sees: values, and how `from` says them."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

from specgraph.ops.base import Op, TensorType

Data = dict[str, Any]
"""A part of a spec as YAML holds it."""


@dataclass(eq=False)
class Value:
    """What a layer may take: how it is said, its type, and who makes it."""

    reference: str
    type: TensorType
    layer: Data
    """The layer that makes it; of an input, what is written of it."""
    is_input: bool = False
    bare: bool = False
    """Whether it is an input that should have said its layout."""
    used: bool = False

    def say(self) -> None:
        """Gives the layer its name, now that something mentions it."""
        if not self.is_input:
            self.layer["name"] = self.reference.partition(".")[0]


@dataclass
class Sight:
    """What a layer sees: the value before it, and those with names."""

    before: Value | None
    named: list[Value]
    inner: bool = False
    """Whether it is in a branch or group: there each layer takes the one before it."""


def sources(operands: dict[str, list[Value]]) -> object:
    """What `from` says: a name, a list, or a mapping by the op's inputs."""
    said = {
        port: [value.reference for value in values] for port, values in operands.items()
    }
    brief = {
        port: names[0] if len(names) == 1 else names for port, names in said.items()
    }
    return brief if len(brief) > 1 else next(iter(brief.values()))


def may_take(op: type[Op], type_: TensorType) -> bool:
    """Whether an op could take a value, as far as its ports and samples tell."""
    if not op.ports or type_.dtype not in op.ports[0].dtypes:
        return False
    ranks = {len(sample.inputs[0].shape) for sample in op.samples}
    anywhere = op.order in ("elementwise", "axes") or len(ranks) > 1
    return anywhere or len(type_.shape) in ranks


def size_of(type_: TensorType) -> int:
    """The elements of one example, named sizes not counted."""
    return prod(dim for dim in type_.shape if isinstance(dim, int))

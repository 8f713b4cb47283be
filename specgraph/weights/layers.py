"""Tensors grouped into the layers that hold them, in a model or in a file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Shape = tuple[int, ...]

_STACKED = re.compile(r"(.+?)(_l\d+(?:_reverse)?)")
_DIGITS = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class Layer:
    """Tensors that belong together: their keys and shapes by their name inside it.

    `name` is where the layer stands in its file.  `label` is what its author called it;
    where the framework made that up, it is not `named`.
    """

    name: str
    label: str
    keys: dict[str, str]
    shapes: dict[str, Shape]
    named: bool = True
    kind: str = ""

    @property
    def by_name(self) -> tuple[str, tuple[tuple[str, Shape], ...]]:
        """What layers of a kind share that have the same tensors by the same names."""
        return self.kind, tuple(sorted(self.shapes.items()))

    @property
    def by_shape(self) -> tuple[str, tuple[Shape, ...]] | None:
        """What layers of a kind share whose tensors their shapes alone tell apart.

        None where a tensor could be another, or lie transposed.
        """
        shapes = sorted(self.shapes.values())
        sizes = [[size for size in shape if size > 1] for shape in shapes]
        clear = all(len(set(of)) == len(of) for of in sizes)
        if not clear or len(set(shapes)) < len(shapes):
            return None
        return self.kind, tuple(shapes)

    def __str__(self) -> str:
        shapes = " ".join(str(list(shape)) for shape in self.shapes.values())
        return f"{self.label} {shapes}"


def layers_of(shapes: Mapping[str, Shape]) -> list[Layer]:
    """The layers of tensors by key, in the order of the keys.

    What is before the last `.` or `/` is the layer; of several that one module stacks
    (`lstm.weight_ih_l1`), each is its own.  A tensor without that is a layer.
    """
    found: dict[str, dict[str, str]] = {}
    for key in shapes:
        layer, local = parts_of(key)
        found.setdefault(layer, {})[local] = key
    return [
        Layer(name, name, keys, {local: shapes[key] for local, key in keys.items()})
        for name, keys in found.items()
    ]


def parts_of(key: str) -> tuple[str, str]:
    """The layer of a key, and the tensor's name in it."""
    cut = max(key.rfind("."), key.rfind("/"))
    if cut < 0:
        return key, ""
    layer, local = key[:cut], key[cut + 1 :]
    stacked = _STACKED.fullmatch(local)
    if stacked is None:
        return layer, local
    local, place = stacked.groups()
    return (layer if place == "_l0" else layer + place), local


def natural(keys: Iterable[str]) -> list[str]:
    """The keys sorted, the numbers in them as numbers."""
    return sorted(keys, key=_natural)


def _natural(key: str) -> list[tuple[int, int, str]]:
    # A number of ten thousand digits would be too long for `int`.
    return [
        (0, len(part.lstrip("0")), part.lstrip("0")) if part.isdigit() else (1, 0, part)
        for part in _DIGITS.split(key)
    ]

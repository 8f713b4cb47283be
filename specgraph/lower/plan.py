"""What a backend gives for a graph: files, where every weight lives, what is where."""

from __future__ import annotations

from collections import UserDict
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from specgraph.ir.graph import Graph, Node
from specgraph.lower.printer import Range
from specgraph.lower.rules import Axes
from specgraph.lower.slots import AnySlot


@dataclass(frozen=True, slots=True)
class Tap:
    """Where a value comes to be: a call in model.py, and which item of its result."""

    span: Range
    part: int | None = None
    turn: int = 0
    """Which time that the call runs, where it runs several times."""
    runs: int = 1
    """How often it runs, those times counted at which it gives no value of its own."""
    again: int = 0
    """Which further use it is of a part that is built once: the call runs for the first."""


@dataclass(frozen=True, slots=True)
class Physical:
    """How a value of the spec lies in the framework.

    `order` are the spec's axes (batch counted) as the framework has them.  A flattened
    value may hold its elements as those of `sizes` permuted by `flat_order` do.
    """

    order: Axes
    sizes: tuple[int, ...] = ()
    flat_order: Axes = ()


K = TypeVar("K")
V = TypeVar("V")


class Late(UserDict[K, V]):
    """A mapping that is made when somebody asks: a build needs none of a plan's."""

    def __init__(self, make: Callable[[], dict[K, V]]) -> None:
        self._make = make

    @cached_property
    def data(self) -> dict[K, V]:  # type: ignore[override]
        """The mapping."""
        return self._make()


@dataclass(slots=True)
class Plan:
    """One model for one backend."""

    backend: str
    graph: Graph
    files: dict[str, str]
    entry: str
    """The class or function that model.py ends with."""
    slots: MutableMapping[str, AnySlot]
    """By framework key; the weights in them by canonical path."""
    values: MutableMapping[str, Physical]
    """By name, every value of the graph."""
    taps: MutableMapping[str, Tap]
    aliases: MutableMapping[str, str]
    """Values that are another one in this backend: what computes nothing."""
    doors: dict[str, Axes] = field(default_factory=dict)
    """By output name, the order of axes in which it leaves the model."""
    apart: frozenset[str] = frozenset()
    """Outputs that are computed once more, apart from the tap of their value."""
    logits_layer: dict[str, str] = field(default_factory=dict)
    """For Keras: the layer whose output the loss is computed from, by model output."""
    nodes: dict[str, Node] = field(default_factory=dict)
    """By value name, the node it comes from."""
    helpers: tuple[str, ...] = ()
    layer_names: dict[str, str] = field(default_factory=dict)

"""Axes: which order each value has in a framework, and where it must be permuted.

Every op declares how it stands to the order of its input's axes (`ops/base.py`).  A
permutation is written only where an op needs another order than its input has; the
same value is permuted once; and a flatten whose order a dense can take into its kernel
keeps the framework's order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from specgraph.ir.graph import Graph, Value
from specgraph.lower.program import Invoke, Item, Pass, Program, Reorder, Use
from specgraph.lower.rules import Axes
from specgraph.ops.base import OPS, Bound, Op, TensorType
from specgraph.ops.dense import Dense
from specgraph.ops.regularize import Dropout
from specgraph.ops.reshape import Flatten
from specgraph.spec.schema import Layer
from specgraph.training.constraints import NormConstraint

Native = Callable[[int, int], Axes]
"""The framework's order for values of a rank whose channels are on an axis."""


def channels_first(rank: int, channels: int) -> Axes:
    """Batch, channels, then the rest: torch."""
    rest = tuple(axis for axis in range(1, rank) if axis != channels)
    return (0, channels, *rest)


def channels_last(rank: int, channels: int) -> Axes:
    """Batch, the rest, then channels: Keras and TensorFlow."""
    rest = tuple(axis for axis in range(1, rank) if axis != channels)
    return (0, *rest, channels)


def spec_order(rank: int) -> Axes:
    """The spec's own order."""
    return tuple(range(rank))


def arrange(
    graph: Graph, uses: Sequence[Use | Invoke | Pass], native: Native
) -> Program:
    """The program with every value's order settled and every permutation in place."""
    return _Arranger(graph, uses, native).program()


def _is_spatial(layer: Layer) -> bool:
    """Whether a layer, as it is written, is of an op that wants the framework's order."""
    return layer.call in OPS and OPS.find(layer.call).order == "spatial"


class _Arranger:
    def __init__(
        self, graph: Graph, uses: Sequence[Use | Invoke | Pass], native: Native
    ) -> None:
        self.graph = graph
        self.uses = uses
        self.native = native
        self.orders: dict[Value, Axes] = {}
        self.moved: dict[tuple[Value, Axes], Value] = {}
        self.origins: dict[Value, Value] = {}
        self.flat: dict[Value, tuple[tuple[int, ...], Axes]] = {}
        self.items: list[Item] = []
        self.wanted: dict[tuple[str, ...], Axes] = {}
        """The order that each use takes, by its path."""
        self.users: dict[Value, list[Use | Invoke | Pass]] = {}
        for use in uses:
            for value in use.inputs:
                self.users.setdefault(value, []).append(use)
        self.results = set(graph.outputs.values()) | set(graph.logits.values())

    def program(self) -> Program:
        for entry in self.graph.inputs.values():
            self.orders[entry.value] = self._door(entry.value.type)
        for use in self.uses:
            if isinstance(use, Use):
                self._place(use)
            else:
                self._pass(use)
        outputs = {
            name: self._at_door(name, value)
            for name, value in self.graph.outputs.items()
        }
        logits = {
            name: self._at_door(name, value)
            for name, value in self.graph.logits.items()
        }
        return Program(
            self.graph,
            self.graph.inputs,
            self.items,
            outputs,
            self.orders,
            self.origins,
            self.flat,
            logits,
        )

    def _door(self, type_: TensorType) -> Axes:
        """The order in which a value enters or leaves the model."""
        if type_.layout == "none" or type_.rank < 3:
            return spec_order(type_.rank)
        return self.native(type_.rank, type_.channel_axis)

    def _at_door(self, name: str, value: Value) -> Value:
        return self._moved(value, self._door(value.type), (name,))

    def _pass(self, use: Invoke | Pass) -> None:
        """Values enter and leave a body as they do the model.

        They pass a layer that is left out in the order that it has where it is there.
        """
        order = self._door
        if isinstance(use, Pass) and _is_spatial(use.step.written):
            order = self._native_order
        use.inputs = tuple(
            self._moved(value, order(value.type), use.path) for value in use.inputs
        )
        given = dict.fromkeys(use.outputs.values())
        for value in given:
            self.orders.setdefault(value, order(value.type))
        self.items.append(use)

    def _native_order(self, type_: TensorType) -> Axes:
        """The order in which the framework's layers take a value's channels."""
        return self.native(type_.rank, type_.channel_axis)

    def _place(self, use: Use) -> None:
        if isinstance(use.op, Flatten):
            self._flatten(use)
            return
        wanted = self._wanted(use)
        if use.owner is not None:
            wanted = self._as_at_owner(use, wanted)
        self.wanted[use.path] = wanted
        frame: Axes | None = None  # the order of what has no axis of steps
        if use.entry.order == "steps" and use.op.held is None:
            frame = tuple(axis - 1 for axis in wanted[1:])
        ports = {}
        alike = use.entry.order == "elementwise"
        for index, (port, values) in enumerate(use.inputs.ports().items()):
            ports[port] = tuple(
                self._moved(
                    value,
                    wanted
                    if alike or not index
                    else frame or spec_order(value.type.rank),
                    use.path,
                )
                for value in values
            )
        use.inputs = Bound(ports)
        use.orders = use.inputs.map(lambda value: self.orders[value])
        for value in use.outputs.values():
            same = len(use.inputs) > 0 and value.type.rank == len(wanted)
            same = same and use.entry.order != "any"
            rank = value.type.rank
            order = frame if frame and rank == len(frame) else spec_order(rank)
            self.orders[value] = wanted if same else order
        self._carry_flat(use)
        self.items.append(use)

    def _wanted(self, use: Use) -> Axes:
        """The order that a use takes at its first port."""
        if not len(use.inputs):
            return ()
        first = use.types.first
        match use.entry.order:
            case "spatial":
                return self._spatial(use.op, first)
            case "steps":
                held = use.op.held
                step = replace(first, shape=first.shape[1:])
                inner = use.op if held is None else getattr(use.op, held)
                order = self._spatial(inner, step)
                return (0, *(axis + 1 if axis else 1 for axis in order))
            case "axes" | "elementwise":
                operands = next(iter(use.inputs.ports().values()))
                if use.entry.order == "elementwise":
                    operands = tuple(use.inputs)
                if any(value.type.rank != first.rank for value in operands):
                    return spec_order(first.rank)
                if self._is_final(use):
                    return self._door(first)
                return self.orders[operands[0]]
            case "any":
                return self.orders[use.inputs.first]
        return spec_order(first.rank)

    def _as_at_owner(self, use: Use, wanted: Axes) -> Axes:
        """The order that the weights are made for, where they have the input's axes."""
        assert use.owner is not None
        there = self.wanted[use.owner]
        same = use.entry.order == "axes" and len(there) == len(wanted)
        return there if same else wanted

    def _spatial(self, op: Op, type_: TensorType) -> Axes:
        """The framework's order, channels being the axis that the op names, if any."""
        axis = getattr(op, "axis", None)
        channels = type_.channel_axis
        if isinstance(axis, int):
            channels = type_.axis(axis)
        return self.native(type_.rank, channels)

    def _is_final(self, use: Use) -> bool:
        """Whether logits go in and an output comes out: both in the order of a door."""
        return (
            use.inputs.first in self.graph.logits.values()
            and next(iter(use.outputs.values())) in self.graph.outputs.values()
        )

    def _moved(self, value: Value, wanted: Axes, path: tuple[str, ...]) -> Value:
        """The value in an order, permuted where it has another."""
        have = self.orders[value]
        if len(wanted) != len(have):
            wanted = spec_order(len(have))
        if have == wanted:
            return value
        source = self.origins.get(value, value)
        if self.orders[source] == wanted:
            return source
        found = self.moved.get((source, wanted))
        if found is None:
            axes = tuple(have.index(axis) for axis in wanted)
            found = Value(value.name, value.type, value.producer)
            self.orders[found] = wanted
            self.origins[found] = source
            self.moved[source, wanted] = found
            self.items.append(Reorder(value, found, axes, path))
        return found

    def _flatten(self, use: Use) -> None:
        value = use.inputs.first
        order = self.orders[value]
        output = next(iter(use.outputs.values()))
        sizes = tuple(dim for dim in value.type.shape if isinstance(dim, int))
        whole = len(sizes) == len(value.type.shape)
        if order != spec_order(len(order)) and not (whole and self._absorbable(output)):
            value = self._moved(value, spec_order(len(order)), use.path)
            order = self.orders[value]
        if order != spec_order(len(order)):
            self.flat[output] = (sizes, tuple(axis - 1 for axis in order[1:]))
        use.inputs = Bound({"input": (value,)})
        use.orders = use.inputs.map(lambda v: self.orders[v])
        self.orders[output] = spec_order(output.type.rank)
        self.items.append(use)

    def _absorbable(self, value: Value) -> bool:
        """Whether every path from a flattened value ends in the kernel of a dense."""
        if value in self.results:
            return False
        users = self.users.get(value, [])
        return bool(users) and all(self._absorbs(use, value) for use in users)

    def _absorbs(self, use: Use | Invoke | Pass, value: Value) -> bool:
        if not isinstance(use, Use):
            return False
        if isinstance(use.op, Dense):
            kernel = use.params[0]
            if not use.alone:
                return False
            limit = kernel.constraint
            along = isinstance(limit, NormConstraint) and 0 in limit.axes(2)
            unordered = kernel.initializer.label != "identity" and not along
            return value.type.rank == 2 and unordered
        simple = use.entry.order == "elementwise" and not use.params
        if (simple or isinstance(use.op, Dropout)) and len(use.inputs) == 1:
            return self._absorbable(next(iter(use.outputs.values())))
        return False

    def _carry_flat(self, use: Use) -> None:
        """Hands a flatten's order on to what it reaches."""
        if len(use.inputs) != 1 or use.inputs.first not in self.flat:
            return
        found = self.flat[use.inputs.first]
        if isinstance(use.op, Dense):
            use.flattened = found
        else:
            self.flat[next(iter(use.outputs.values()))] = found

"""A graph as one backend emits it: its files, and its tensors in canonical form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from specgraph.ir.graph import Graph
from specgraph.lower.plan import Physical, Plan
from specgraph.lower.slots import Slot
from specgraph.parity.arrays import from_physical, to_physical
from specgraph.parity.batches import Batch
from specgraph.parity.cases import Case
from specgraph.reference.base import Array
from specgraph.reference.interpret import Masks
from specgraph.weights.slots import all_to_framework, canonical_shapes, from_framework

Arrays = Mapping[str, Array]
NOTHING: Arrays = {}


@dataclass(slots=True)
class Outcome:
    """What one pass gave: values by name and weights by path, the spec's axes."""

    outputs: dict[str, Array] = field(default_factory=dict)
    values: dict[str, Array] = field(default_factory=dict)
    value_gradients: dict[str, Array] = field(default_factory=dict)
    weight_gradients: dict[str, Array] = field(default_factory=dict)
    weights: dict[str, Array] = field(default_factory=dict)
    later_outputs: dict[str, Array] = field(default_factory=dict)
    """The outputs of an inference after the training pass."""
    dtypes: dict[str, str] = field(default_factory=dict)
    """By output, the dtype that it left the model in."""


@dataclass(slots=True)
class Emitted:
    """One graph for one backend, written into a folder."""

    backend: str
    worker: str
    plan: Plan
    folder: Path
    without: frozenset[str] = frozenset()
    """The checks that the backend is not put to."""
    taps: list[str] = field(init=False)
    """The tapped values, in the order of their numbers."""
    shapes: dict[str, tuple[int, ...]] = field(init=False)

    def __post_init__(self) -> None:
        self.taps = list(self.plan.taps)
        self.shapes = canonical_shapes(self.plan)

    def write(self) -> None:
        """Writes the files, as they are."""
        self.folder.mkdir(parents=True)
        for name, text in self.plan.files.items():
            (self.folder / name).write_text(text, encoding="utf-8")

    @property
    def graph(self) -> Graph:
        """The graph."""
        return self.plan.graph

    @property
    def trains(self) -> bool:
        """Whether there is a train.py, and it is tried."""
        return "train.py" in self.plan.files and "train" not in self.without

    @property
    def model(self) -> dict[str, Any]:
        """What a job says of the model."""
        taps = [
            [
                [t.span.line, t.span.end_line, t.span.column, t.span.end_column],
                t.part,
                t.turn,
            ]
            for t in self.plan.taps.values()
        ]
        path = str(self.folder / "model.py")
        inputs = list(self.graph.inputs)
        return {
            "path": path,
            "entry": self.plan.entry,
            "inputs": inputs,
            "taps": taps,
            "runs": [tap.runs for tap in self.plan.taps.values()],
            "siblings": self._siblings(),
            "again": {
                number: tap.again
                for number, tap in enumerate(self.plan.taps.values())
                if tap.again
            },
        }

    def _siblings(self) -> list[list[int]]:
        """By node that gives several values, the numbers of their taps."""
        numbers = {name: number for number, name in enumerate(self.taps)}
        found = [
            [numbers[v.name] for v in node.outputs.values() if v.name in numbers]
            for node in self.graph.walk()
        ]
        return [group for group in found if len(group) > 1]

    def weights(self, canonical: Arrays, dtype: str) -> dict[str, Array]:
        """The framework's tensors that hold canonical ones, in a dtype."""
        cast = {path: array.astype(dtype) for path, array in canonical.items()}
        return all_to_framework(self.plan, cast)

    def inputs(self, case: Case, dtype: str) -> dict[str, Array]:
        """What a job to run a case is given."""
        plan = self.plan
        found = {
            f"input:{name}": _cast(to_physical(array, plan.values[name]), dtype)
            for name, array in case.inputs.items()
        }
        judged = "gradients" not in self.without
        cotangents = self._cotangents(case).items() if judged else ()
        found |= {f"cotangent:{key}": _cast(array, dtype) for key, array in cotangents}
        if case.training:
            shapes = {n: a.shape for n, a in case.reference.values.items()}
            found |= self._masks(case.masks, shapes)
        return found

    def batch(self, batch: Batch, dtype: str) -> dict[str, Array]:
        """What `loss` of train.py is given of a batch."""
        plan = self.plan
        found = {
            f"batch:{name}": _cast(to_physical(array, plan.values[name]), dtype)
            for name, array in batch.inputs.items()
        }
        for name, array in batch.targets.items():
            # Class ids have no axis of classes, which is the spec's last one.
            order = tuple(axis for axis in plan.doors[name] if axis < array.ndim)
            moved = to_physical(array, Physical(order))
            found[f"batch:{name}"] = _cast(moved, dtype)
        return found | self._masks(batch.masks, batch.shapes)

    def _cotangents(self, case: Case) -> dict[str, Array]:
        """By `output:<name>`, `value:<tap>` or `input:<name>`, as the worker names them."""
        found: dict[str, Array] = {}
        alone = len(self.graph.outputs) == 1
        for key, array in case.cotangents.items():
            kind, _, name = key.partition(":")
            if kind == "output":
                lies = Physical(self.plan.doors[name])
                found[f"output:{'' if alone else name}"] = to_physical(array, lies)
                continue
            # What a backend has as one value takes the weights of both.
            origin = self._origin(name)
            key = f"input:{origin}"
            if origin not in self.graph.inputs:
                key = f"value:{self.taps.index(origin)}"
            moved = to_physical(array, self.plan.values[name])
            found[key] = found[key] + moved if key in found else moved
        return found

    def _origin(self, value: str) -> str:
        while value in self.plan.aliases:
            value = self.plan.aliases[value]
        return value

    def _masks(
        self, masks: Masks, shapes: Mapping[str, tuple[int, ...]]
    ) -> dict[str, Array]:
        found = {}
        for node in self.graph.walk():
            if not node.op.random:
                continue
            shape = node.op.drawn(node.inputs.map(lambda value: shapes[value.name]))
            mask = masks(node.name, shape, node.op.normal)
            if node.op.order != "ordered":  # it lies as what it is laid over
                mask = np.broadcast_to(mask, shapes[node.output.name])
                mask = to_physical(mask, self.plan.values[node.output.name])
            for value in node.outputs.values():
                if value.name in self.plan.taps:
                    found[f"mask:{self.taps.index(value.name)}"] = mask
        return found

    def outcome(self, arrays: Arrays, case: Case | None = None) -> Outcome:
        """A job's result in canonical form; `case` is what was run."""
        found = Outcome()
        given = case.inputs if case is not None else NOTHING
        for key, array in arrays.items():
            kind, _, name = key.partition(":")
            if kind == "output":
                title = name or next(iter(self.graph.outputs))
                found.outputs[title] = self._output(title, array)
                found.dtypes[title] = str(array.dtype)
            elif kind == "later":
                title = name.partition(":")[2] or next(iter(self.graph.outputs))
                found.later_outputs[title] = self._output(title, array)
            elif kind == "value":
                title, value = self._value(int(name), array)
                found.values[title] = value
            elif kind == "weight":
                found.weights |= self.weight(name, array)
            elif kind == "gradient":
                self._gradient(name, array, found)
        for title in self.plan.aliases:
            origin = self._origin(title)
            made = found.values if origin in found.values else given
            if origin in made:
                lies = to_physical(made[origin], self.plan.values[origin])
                found.values[title] = from_physical(lies, self.plan.values[title])
        if case is not None:
            self._reunite(case, found)
        return found

    def _reunite(self, case: Case, found: Outcome) -> None:
        """Adds to a value's gradient that of an output which is another tensor here.

        Nothing takes an output, so its gradient is its weight in the sum.
        """
        for title in self.plan.apart:
            name = self.graph.outputs[title].name
            weight = case.cotangents.get(f"output:{title}")
            if weight is not None and name in found.value_gradients:
                found.value_gradients[name] = found.value_gradients[name] + weight

    def _gradient(self, key: str, array: Array, found: Outcome) -> None:
        kind, _, name = key.partition(":")
        if kind == "value":
            title, value = self._value(int(name), array)
            found.value_gradients[title] = value
        elif kind == "input":
            lies = self.plan.values[name]
            found.value_gradients[name] = from_physical(array, lies)
        else:
            found.weight_gradients |= self.weight(name, array)

    def _output(self, name: str, array: Array) -> Array:
        order = self.plan.doors.get(name)
        if order is None or len(order) != array.ndim:
            return array
        return from_physical(array, Physical(order))

    def _value(self, tap: int, array: Array) -> tuple[str, Array]:
        title = self.taps[tap]
        lies = self.plan.values[title]
        if array.ndim != len(lies.order):
            return title, array
        if lies.sizes and array.shape[1] != int(np.prod(lies.sizes)):
            lies = replace(lies, sizes=())
        return title, from_physical(array, lies)

    def weight(self, key: str, array: Array) -> dict[str, Array]:
        """The canonical tensors in one of the framework's, or in its gradient or state."""
        slot = self.plan.slots.get(key)
        if not isinstance(slot, Slot):
            return {}
        return from_framework(slot, array, self.shapes)


def _cast(array: Array, dtype: str) -> Array:
    """Floats in a dtype, everything else as it is."""
    floating = np.issubdtype(array.dtype, np.floating)
    return array.astype(dtype) if floating else array

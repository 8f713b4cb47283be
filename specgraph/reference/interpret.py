"""A whole graph in NumPy: every value, every new buffer, every derivative.

Values are [batch, *shape], axes in the spec's order, by the names of the graph's
values; weights and buffers are canonical tensors by path.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from specgraph.ir.graph import Graph, Node
from specgraph.reference.base import Array, Evaluation, evaluate, keep_all
from specgraph.reference.ties import measured

Arrays = Mapping[str, Array]
Masks = Callable[[str, tuple[int, ...], bool], Array]
"""What a node (by its path) draws in training, of a shape: a keep-mask, or, where the
last argument is true, standard normal numbers."""
Moved = Callable[[Array], Array]
"""What becomes of a value before anything takes it."""
Objective = Callable[[Arrays, Arrays], Array | complex]
"""A number made of values by name and of weights by path; complex-safe."""


def keep_everything(_: str, shape: tuple[int, ...], normal: bool) -> Array:
    """Masks that drop nothing, and noise that adds nothing."""
    return np.zeros(shape) if normal else keep_all(shape)


def as_it_is(array: Array) -> Array:
    """A value that stays."""
    return array


@dataclass(frozen=True, slots=True)
class Run:
    """What one pass through a graph gave.

    `margin` is the least distance from a kink or a tie, relative to the values there;
    infinite where the graph has none.
    """

    values: dict[str, Array]
    buffers: dict[str, Array]
    training: bool
    margin: float
    before: dict[str, Arrays]
    """By layer that uses the buffers of another: what they were when it did."""


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A graph with weights, in the dtype of those."""

    graph: Graph
    weights: Arrays
    masks: Masks = keep_everything
    moved: Moved = as_it_is

    def run(self, inputs: Arrays, training: bool = False) -> Run:
        """Every value of the graph, and the buffers after a training step."""
        values: dict[str, Array] = dict(inputs)
        buffers: dict[str, Array] = {}
        before: dict[str, Arrays] = {}
        with measured() as margin, np.errstate(all="ignore"):
            for node in self.graph.walk():
                changed = {
                    path: buffers[path] for path in node.weights if path in buffers
                }
                if changed:
                    before[node.name] = changed
                weights = _held(self.weights, changed)
                found, updates = self._node(node, values, weights, training)
                values |= {name: self.moved(array) for name, array in found.items()}
                buffers |= updates
        return Run(values, buffers, training, margin.least, before)

    def slope(self, run: Run, shift: Arrays, objective: Objective) -> float:
        """The derivative of an objective where weights or values move along `shift`.

        By a complex step: exact to rounding, whatever its size.  Keys of `shift` are
        paths of weights or names of values; a value moves after it was computed.
        """
        values, weights = dict(run.values), dict(self.weights)
        moved = set()
        for name in shift:
            if name in weights:
                weights[name] = _stepped(weights[name], shift[name])
            elif name in self.graph.inputs:
                values[name] = _stepped(values[name], shift[name])
                moved.add(name)
        with np.errstate(all="ignore"):
            for node in self.graph.walk():
                if self._touched(node, shift, moved):
                    held = _held(weights, run.before.get(node.name))
                    values |= self._node(node, values, held, run.training)[0]
                    moved |= {value.name for value in node.outputs.values()}
                for value in node.outputs.values():
                    if value.name in shift:
                        name = value.name
                        values[name] = _stepped(values[name], shift[name])
                        moved.add(name)
            found = np.asarray(objective(values, weights))
        return float(found.imag) / _step_of(found.dtype)

    def tangents(
        self, run: Run, names: Collection[str], direction: Array, ends: Collection[str]
    ) -> dict[str, Array]:
        """The derivatives of values as weights or values move in a direction.

        They are followed through the graph as far as the values in `ends`: what is
        behind those counts as not moved.
        """
        weights, step = dict(self.weights), _step_of(direction.dtype)
        values, found = dict(run.values), dict[str, Array]()
        for name in names:
            if name in weights:
                weights[name] = _stepped(weights[name], direction)
            else:
                values[name] = _stepped(values[name], direction)
                found[name] = direction
        moving = set(names)
        with np.errstate(all="ignore"):
            for node in self.graph.walk():
                if not self._touched(node, moving, moving):
                    continue
                held = _held(weights, run.before.get(node.name))
                made = self._node(node, values, held, run.training)[0]
                for title, array in made.items():
                    if np.iscomplexobj(array):
                        found[title] = array.imag / step
                        if title not in ends:
                            values[title] = _stepped(run.values[title], found[title])
                            moving.add(title)
        return found

    def _touched(
        self, node: Node, shift: Collection[str], moved: Collection[str]
    ) -> bool:
        if any(value.name in moved for value in node.inputs):
            return True
        return any(path in shift for path in node.weights)

    def _node(
        self, node: Node, values: Arrays, weights: Arrays, training: bool
    ) -> tuple[dict[str, Array], dict[str, Array]]:
        at = Evaluation(
            inputs=node.inputs.map(lambda value: values[value.name]),
            types=node.inputs.map(lambda value: value.type),
            params=weights_at(node, weights),
            training=training and not frozen(node),
            draws=lambda shape: self.masks(node.name, shape, node.op.normal),
            batch=len(values[next(iter(self.graph.inputs))]),
            floats=self._floats(values),
        )
        found = evaluate(node.op, at)
        named = {node.outputs[output].name: array for output, array in found.items()}
        updates = {node.weight(name): new for name, new in at.updates.items()}
        return named, updates

    def _floats(self, values: Arrays) -> type[np.floating[Any]]:
        """The dtype that weights and inputs have, those of them that are floats."""
        weights = itertools.islice(self.weights.values(), 1)
        known = (*weights, *(values[name] for name in self.graph.inputs))
        single = any(array.dtype == np.float32 for array in known)
        return np.float32 if single else np.float64


def _held(weights: Arrays, before: Arrays | None) -> Arrays:
    """The weights, buffers that an earlier use changed as they were then."""
    return {**weights, **before} if before else weights


def weights_at(node: Node, weights: Arrays) -> dict[str, Array]:
    """The weights that a node computes with, by their name there."""
    found = {param.name: weights[node.weight(param.name)] for param in node.params}
    for name, tie in node.ties.items():
        if tie.axes:
            found[name] = found[name].transpose(tie.axes)
    return found


def frozen(node: Node) -> bool:
    """Whether a node with buffers uses them in training too, and leaves them alone."""
    has_buffers = any(not param.trainable for param in node.params)
    return has_buffers and not node.trainable


def _step_of(dtype: np.dtype[np.generic]) -> float:
    """The complex step: its square is far below rounding, itself far above underflow."""
    return 1e-20 if dtype in (np.complex64, np.float32) else 1e-30


def _stepped(array: Array, direction: Array) -> Array:
    single = np.result_type(array, np.complex64) == np.complex64
    dtype = np.dtype(np.complex64 if single else np.complex128)
    return np.asarray(array + (1j * _step_of(dtype) * direction).astype(dtype))

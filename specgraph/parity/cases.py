"""What a graph is tried on: weights, buffers and inputs, all random, all from a seed.

Everything is a float32 number, whatever dtype it is computed in: so all dtypes see the
same model, and float32 has no error before it begins.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from specgraph.ir.graph import Graph, Input, Node, Value
from specgraph.ops.base import FLOATS, INTEGERS, Param
from specgraph.ops.dims import Dim, DimError, evaluate, symbols
from specgraph.ops.embedding import Embedding
from specgraph.ops.group_norm import Grouped
from specgraph.ops.inner import innermost
from specgraph.ops.norm import BatchNorm
from specgraph.ops.position import PositionEmbedding
from specgraph.ops.sizes import ANY, Bounds, least_legal, legal_sizes
from specgraph.ops.time_distributed import TimeDistributed
from specgraph.reference.base import Array
from specgraph.reference.interpret import Interpreter, Masks, Run, frozen
from specgraph.training.initializers import Ones

Kind = Literal["centred", "offset", "tiny"]
Rng = np.random.Generator

ENOUGH = 1e-4
"""The margin from kinks and ties at which inputs are good."""
WITHIN = 1e-12
"""The margin below which rounding decides, so that inputs tell nothing."""
MOST_SIZE = 1 << 20
"""A size beyond which no table of positions is looked for."""
DRAWS = 6
"""Draws of which the one with the greatest margin is taken if none is good."""
ROOMY = 5
"""The least size of a named dimension that leaves room for padding and holes."""
OFFSET, TINY = 100.0, 1e-2
"""The mean of offset inputs, and the scale of tiny ones."""


def generator(seed: int, *names: object) -> Rng:
    """Random numbers that depend on a seed and on names, on no order of calls."""
    words = [zlib.crc32(str(name).encode()) for name in names]
    return np.random.default_rng([seed, *words])


def random_weights(graph: Graph, seed: int) -> dict[str, Array]:
    """Every weight and buffer by path, none of them zero or one by design."""
    return {
        path: single(_weight(param, generator(seed, "weight", path)))
        for path, param in graph.parameters().items()
    }


def _weight(param: Param, rng: Rng) -> Array:
    if not param.trainable and isinstance(param.initializer, Ones):
        return rng.uniform(0.5, 2.0, param.shape)  # a variance
    if param.name == "gamma":
        signs = rng.choice([-1.0, 1.0], param.shape)
        return np.asarray(rng.uniform(0.5, 1.5, param.shape) * signs)
    if "kernel" in param.name:
        fan = math.prod(param.shape[:-1])
        return rng.normal(0.0, 1.0, param.shape) / math.sqrt(max(fan, 1))
    return rng.normal(0.0, 0.5, param.shape)


def single(array: Array) -> Array:
    """The nearest float32 numbers, in float64."""
    return array.astype(np.float32).astype(np.float64)


@dataclass(frozen=True, slots=True)
class Case:
    """One way to run a graph: mode and inputs (in float64, the spec's order of axes)."""

    name: str
    training: bool
    weights: Mapping[str, Array]
    """Before the pass."""
    inputs: Mapping[str, Array]
    cotangents: Mapping[str, Array]
    """The weights of the sum whose gradients are compared: `output:<name>` of outputs
    as they leave the model, `value:<name>` of every value.  With every value in the
    sum, no gradient is lost in a layer that saturates behind it."""
    seed: int
    reference: Run = field(repr=False)

    @property
    def masks(self) -> Masks:
        """What dropout keeps in this case."""
        return masks_of(self.seed)


def masks_of(seed: int) -> Masks:
    """Masks that keep half, whatever the rate: then few values are all dropped."""

    def mask(node: str, shape: tuple[int, ...], normal: bool) -> Array:
        rng = generator(seed, "mask", node)
        if normal:
            return single(rng.normal(size=shape))
        return np.asarray(rng.random(shape) < 0.5)

    return mask


@dataclass(frozen=True, slots=True)
class Skipped:
    """A case that has no meaning for a graph, and why."""

    name: str
    reason: str


def cases(
    graph: Graph, weights: Mapping[str, Array], seed: int
) -> list[Case | Skipped]:
    """The cases of a graph: each size, kind of input and batch size, in both modes."""
    found: list[Case | Skipped] = []
    both = differs_in_training(graph)
    for number, (kind, batch, sizes) in enumerate(_plan(graph)):
        for training in (True, False) if both or not number else (True,):
            name = _name(kind, batch, sizes, training)
            lone = lone_statistics(graph, batch, sizes, training)
            if lone is not None:
                reason = f"{lone.name} has one value a group, which has no variance"
                found.append(Skipped(name, reason))
                continue
            args = (graph, weights, kind, batch, sizes, training, name)
            case = _drawn(*args, seed + 1000 * number)
            if kind != "centred" and case.reference.margin < WITHIN:
                reason = "numbers of it lie within rounding of a tie, whatever is drawn"
                found.append(Skipped(name, reason))
                continue
            found.append(case)
    return found


def differs_in_training(graph: Graph) -> bool:
    """Whether a training pass computes anything else."""
    return any(
        node.op.random or any(not param.trainable for param in node.params)
        for node in graph.walk()
    )


def _plan(graph: Graph) -> Iterator[tuple[Kind, int, dict[str, int]]]:
    """Inputs, batch and sizes: every one of each, in four combinations."""
    least, *others = sizes_of(graph)
    first = others[0] if others else least
    second = others[1] if len(others) > 1 else first
    yield "centred", 3, first
    yield "offset", 3, second
    yield "tiny", 1, least
    yield "centred", 1, second
    if others:
        yield "centred", 3, least


def sizes_of(graph: Graph) -> list[dict[str, int]]:
    """The least legal sizes of the named dimensions, then two others, both primes.

    Of those, sizes that leave room for padding and holes are preferred.
    """
    dims: list[Dim] = [dim for value in graph.values() for dim in value.type.shape]
    bounds = _bounds(graph)
    least = least_legal(dims, bounds)
    if least is None:
        raise ValueError(f"{graph.name}: no sizes were found at which it can run")
    try:
        roomy = {
            name: replace(bound, min=max(bound.min, ROOMY))
            for name, bound in {**dict.fromkeys(least, ANY), **bounds}.items()
        }
        others = legal_sizes(dims, roomy)
    except DimError:
        others = []
    return [least, *(others or legal_sizes(dims, bounds))]


def _bounds(graph: Graph) -> dict[str, Bounds]:
    """The bounds of the named dimensions; tables of positions are only so long."""
    found = dict(graph.bounds)
    for node in graph.walk():
        if not isinstance(node.op, PositionEmbedding):
            continue
        time = node.inputs.first.type.shape[-2]
        names = symbols(time)
        if len(names) != 1:
            continue
        (name,) = names
        known = found.get(name, ANY)
        most = _longest(time, name, node.op.max_length)
        found[name] = replace(known, max=min(known.max or most, most))
    return found


def _longest(dim: Dim, name: str, most: int) -> int:
    """The greatest size at which a dimension that grows with it is at most so long."""
    low, high = 0, 2
    while high < MOST_SIZE and evaluate(dim, {name: high}) <= most:
        high *= 2
    while high - low > 1:
        middle = (low + high) // 2
        if evaluate(dim, {name: middle}) <= most:
            low = middle
        else:
            high = middle
    return low


def _name(kind: Kind, batch: int, sizes: Mapping[str, int], training: bool) -> str:
    mode = "training" if training else "inference"
    parts = [mode, f"batch {batch}", *(f"{n} {s}" for n, s in sizes.items()), kind]
    return ", ".join(parts)


def lone_statistics(
    graph: Graph, batch: int, sizes: Mapping[str, int], training: bool
) -> Node | None:
    """A norm that would see one value alone: a batch norm's channel, or a group."""
    for node in graph.walk():
        op = innermost(node.op)
        if isinstance(op, Grouped):
            kind = node.inputs.first.type
            if isinstance(node.op, TimeDistributed):
                kind = node.op.step(kind)
            size = op.group_size(kind)
            if evaluate(size, sizes) < 2:
                return node
        if training and isinstance(node.op, BatchNorm) and not frozen(node):
            kind = node.inputs.first.type
            axis = node.op.axis_of(kind) - 1
            others = kind.shape[:axis] + kind.shape[axis + 1 :]
            if batch * math.prod(evaluate(dim, sizes) for dim in others) < 2:
                return node
    return None


def _drawn(
    graph: Graph,
    weights: Mapping[str, Array],
    kind: Kind,
    batch: int,
    sizes: Mapping[str, int],
    training: bool,
    name: str,
    seed: int,
) -> Case:
    """The first draw far enough from kinks and ties, or the farthest of some."""
    best: Case | None = None
    for draw in range(DRAWS):
        drawn = seed + draw
        inputs = random_inputs(graph, kind, batch, sizes, drawn)
        case = case_of(graph, weights, inputs, training, drawn, name)
        margin = case.reference.margin
        if best is None or margin > best.reference.margin:
            best = case
        if margin >= ENOUGH:
            break
    assert best is not None
    return best


def case_of(
    graph: Graph,
    weights: Mapping[str, Array],
    inputs: Mapping[str, Array],
    training: bool,
    seed: int,
    name: str,
) -> Case:
    """The case of given inputs: with what the reference makes of them."""
    run = Interpreter(graph, weights, masks_of(seed)).run(inputs, training)
    cotangents = {
        key: single(generator(seed, key).normal(size=run.values[value].shape))
        for key, value in summed(graph)
    }
    return Case(name, training, weights, inputs, cotangents, seed, run)


def summed(graph: Graph) -> list[tuple[str, str]]:
    """What the sum whose gradients are compared is of: a key, and a value's name."""
    idle = unused(graph)
    outputs = [(f"output:{name}", value) for name, value in graph.outputs.items()]
    values = [
        (f"value:{value.name}", value)
        for node in graph.walk()
        for value in node.outputs.values()
        if value.name not in idle
    ]
    return [
        (key, value.name)
        for key, value in (*outputs, *values)
        if value.type.dtype in FLOATS
    ]


def unused(graph: Graph) -> frozenset[str]:
    """The values that no output follows from: a backend need not compute them."""
    taken = {*graph.users(), *graph.outputs.values(), *graph.logits.values()}
    free = {value.name for value in graph.values() if value not in taken}
    return graph.idle()[0] | free


def random_inputs(
    graph: Graph, kind: Kind, batch: int, sizes: Mapping[str, int], seed: int
) -> dict[str, Array]:
    """Every input of a graph."""
    return {
        name: _input(entry, kind, batch, sizes, seed, graph)
        for name, entry in graph.inputs.items()
    }


def _input(
    entry: Input,
    kind: Kind,
    batch: int,
    sizes: Mapping[str, int],
    seed: int,
    graph: Graph,
) -> Array:
    type_ = entry.value.type
    shape = (batch, *(evaluate(dim, sizes) for dim in type_.shape))
    rng = generator(seed, "input", entry.name)
    if type_.dtype == "bool":
        return _mask(shape, rng)
    if type_.dtype in INTEGERS:
        low, high = entry.range or (0, _rows(graph, entry.value))
        return _ids(shape, int(low), int(high), rng).astype(type_.dtype)
    if entry.range is not None:
        return single(rng.uniform(*entry.range, shape))
    drawn = rng.normal(size=shape)
    if kind == "offset":
        drawn += OFFSET
    elif kind == "tiny":
        drawn *= TINY
    return single(drawn)


def _mask(shape: tuple[int, ...], rng: Rng) -> Array:
    """True with holes anywhere; the last of several examples has nothing present."""
    found = rng.random(shape) < 0.6
    found[0] = True
    if len(found) > 2:
        found[-1] = False
    return found


def _ids(shape: tuple[int, ...], low: int, high: int, rng: Rng) -> Array:
    """Integers in [low, high), some repeated, padded with the least one at the end."""
    found = rng.integers(low, high, shape)
    if len(shape) > 1 and shape[1] > 2:
        found[:, 1] = found[:, 0]
        found[-1, shape[1] // 2 + 1 :] = low
    return found


def _rows(graph: Graph, value: Value) -> int:
    """The ids that every embedding fed by an input has rows for; ten without one."""
    rows = [
        op.input_dim
        for node in graph.walk()
        for op in [innermost(node.op)]
        if isinstance(op, Embedding) and value in node.inputs
    ]
    return min(rows, default=10)

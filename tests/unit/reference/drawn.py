"""A sample of an op made concrete: sizes for its names, random inputs and weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from specgraph.ops import OPS
from specgraph.ops.base import Bound, Layout, Op, Sample, SampleInput, TensorType
from specgraph.ops.dims import evaluate, symbol
from specgraph.reference.base import Array, Evaluation

BATCH = 3
PRIMES = (13, 17, 19)
"""Sizes for a sample's names, in order of their names."""


def every_sample() -> Iterator[tuple[type[Op], Sample]]:
    """Each sample of each op."""
    for op in OPS:
        for sample in op.samples:
            yield op, sample


def sample_name(value: object) -> str:
    """A parameter of a test as its name shows it."""
    if isinstance(value, Sample):
        return value.name.replace(" ", "_")
    return str(getattr(value, "label", value))


def type_of(entry: SampleInput, sample: Sample) -> TensorType:
    """The entry's type, its layout filled in as a spec would."""
    shape = tuple(symbol(d) if isinstance(d, str) else d for d in entry.shape)
    image: Layout = "channels_last"
    if sample.semantics == "torch":
        image = "channels_first"
    usual: Layout = image if len(shape) in (3, 4) else "none"
    return TensorType(shape, entry.dtype, entry.layout or usual)


def types_of(sample: Sample) -> Bound[TensorType]:
    """The types of a sample's inputs."""
    ports: dict[str, tuple[TensorType, ...]] = {}
    for entry in sample.inputs:
        found = ports.get(entry.port, ())
        ports[entry.port] = (*found, type_of(entry, sample))
    return Bound(ports)


@dataclass(slots=True)
class Drawn:
    """A resolved op, and all that its reference takes."""

    op: Op
    types: Bound[TensorType]
    sizes: dict[str, int]
    inputs: Bound[Array]
    params: dict[str, Array]
    dtype: type[np.floating[Any]]

    def at(
        self,
        inputs: Bound[Array] | None = None,
        params: dict[str, Array] | None = None,
        training: bool = False,
    ) -> Evaluation:
        """An evaluation; the masks it draws are the same each time."""
        random = np.random.default_rng(5)
        return Evaluation(
            inputs or self.inputs,
            self.types,
            self.params if params is None else params,
            training,
            lambda shape: random.random(shape) > 0.3,
            batch=BATCH,
            floats=self.dtype,
        )

    def shape(self, kind: TensorType) -> tuple[int, ...]:
        """The shape of an array of this type."""
        return (BATCH, *(evaluate(dim, self.sizes) for dim in kind.shape))


def draw(
    cls: type[Op], sample: Sample, dtype: type[np.floating[Any]] = np.float64
) -> Drawn:
    """The sample with every input and weight random."""
    random = np.random.default_rng(7)
    names = sorted({d for entry in sample.inputs for d in entry.shape if _named(d)})
    sizes = dict(zip(map(str, names), PRIMES, strict=False))
    types = types_of(sample)
    op = cls.call(sample.call, sample.semantics).resolve(types)
    ports: dict[str, tuple[Array, ...]] = {}
    for entry in sample.inputs:
        shape = (BATCH, *(sizes.get(str(d), d) for d in entry.shape))
        value = _input(entry, tuple(map(int, shape)), random, dtype)
        ports[entry.port] = (*ports.get(entry.port, ()), value)
    params: dict[str, Array] = {
        param.name: (
            random.uniform(0.5, 2, param.shape)
            if param.name == "moving_variance"
            else random.normal(size=param.shape)
        ).astype(dtype)
        for param in op.params(types)
    }
    return Drawn(op, types, sizes, Bound(ports), params, dtype)


def _named(size: int | str) -> bool:
    return isinstance(size, str)


def _input(
    entry: SampleInput,
    shape: tuple[int, ...],
    random: np.random.Generator,
    dtype: type,
) -> Array:
    if entry.dtype == "bool":
        flags = random.random(shape) > 0.4
        flags[0] = False
        return flags
    if entry.dtype.startswith("float") and entry.range is not None:
        return random.uniform(*entry.range, shape).astype(dtype)
    if entry.dtype.startswith("float"):
        return random.normal(size=shape).astype(dtype)
    least, end = entry.range or (0, 2)
    return random.integers(int(least), int(end), shape, dtype=np.dtype(entry.dtype))

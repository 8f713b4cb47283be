"""The samples of ops as specs of one layer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from specgraph.definition import plain_form
from specgraph.ir.graph import Graph
from specgraph.load import compile_spec, loads
from specgraph.ops.base import Bound, Op, Sample, SampleInput, TensorType


def sample_graph(op: type[Op], sample: Sample) -> Graph:
    """The canonical graph of a sample."""
    return graph_of(sample_data(op, sample, "sample", op.label))


def graph_of(data: Mapping[str, object]) -> Graph:
    """The canonical graph of a spec that is plain data."""
    # JSON is YAML.
    return compile_spec(loads(json.dumps(data, indent=1), f"{data['name']}.yaml"))


def sample_data(op: type[Op], sample: Sample, name: str, layer: str) -> dict[str, Any]:
    """A spec, as plain data, that holds one layer: the op as a sample calls it.

    A model must have an input: to an op that takes none, `sum` adds one.
    """
    inputs = dict(zip(_names(sample), sample.inputs, strict=True))
    tried: dict[str, Any] = {op.label: plain_form(sample.call), "name": layer}
    if len(inputs) > 1:
        tried["from"] = _sources(op, inputs)
    if not sample.trainable:
        tried["trainable"] = False
    layers = [tried]
    if not inputs:
        (made,) = op.call(sample.call, sample.semantics).infer(_NOTHING).values()
        sizes = tuple(dim for dim in made.shape if isinstance(dim, int))
        inputs = {"x": SampleInput(sizes, made.dtype)}
        layers.append({"add": None, "from": ["x", layer], "name": "sum"})
    return {
        "specgraph": 1,
        "name": name,
        "semantics": sample.semantics,
        "inputs": {title: _input(given) for title, given in inputs.items()},
        "layers": layers,
    }


_NOTHING: Bound[TensorType] = Bound({})


def _names(sample: Sample) -> list[str]:
    if len(sample.inputs) == 1:
        return ["x"]
    return [f"x{number}" for number, _ in enumerate(sample.inputs, 1)]


def _input(given: SampleInput) -> dict[str, Any]:
    found: dict[str, Any] = {"shape": list(given.shape), "dtype": given.dtype}
    if given.layout is not None:
        found["layout"] = given.layout
    if given.range is not None:
        found["range"] = list(given.range)
    return found


def _sources(op: type[Op], inputs: Mapping[str, SampleInput]) -> dict[str, Any]:
    """`from` by the names of the op's inputs; one that takes several has a list."""
    several = {port.name for port in op.ports if port.most is None or port.most > 1}
    by_port: dict[str, list[str]] = {}
    for name, given in inputs.items():
        by_port.setdefault(given.port, []).append(name)
    return {
        port: names if port in several else names[0] for port, names in by_port.items()
    }

"""Samples of ops as specs of one layer."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from specgraph import plugins
from specgraph.definition import plain_form
from specgraph.ir.graph import Graph, Node
from specgraph.load import compile_spec, loads
from specgraph.ops.base import OPS, Bound, Op, Sample, SampleInput, TensorType

LAYER = "tested"
"""The name of the layer under test."""
EXTRA = "extra"
"""The model input of an op that takes none: a model must have one."""


@dataclass(frozen=True, slots=True)
class SampleCase:
    """One sample of one op; its text is fit for a test's name."""

    op: type[Op]
    sample: Sample

    def __str__(self) -> str:
        return f"{self.op.label}-{_words(self.sample.name, '-')}"

    @property
    def name(self) -> str:
        """The name of the sample's spec."""
        return f"{self.op.label}_{_words(self.sample.name, '_')}"

    def graph(self) -> Graph:
        """The canonical graph of the sample, all outputs of the op given out."""
        # What the outputs are called depends on attributes: the first graph shows it.
        tested = _tested(self._compiled({}))
        given = tested.outputs
        outputs = {LAYER: LAYER}
        if len(given) > 1:
            outputs = {f"{LAYER}_{name}": f"{LAYER}.{name}" for name in given}
        if not tested.op.ports:
            outputs = {"sum": "sum"}
        return self._compiled({"outputs": outputs, **_training(tested, list(outputs))})

    def _compiled(self, more: dict[str, Any]) -> Graph:
        data = {**self._data(), **more}
        # JSON is YAML.
        return compile_spec(loads(json.dumps(data, indent=1), f"{self}.yaml"))

    def _data(self) -> dict[str, Any]:
        sample = self.sample
        named = {f"x{number}": one for number, one in enumerate(sample.inputs)}
        layer: dict[str, Any] = {self.op.label: plain_form(sample.call), "name": LAYER}
        if not sample.trainable:
            layer["trainable"] = False
        layers = [layer]
        if named:
            layer["from"] = _sources(self.op, named)
        else:
            shape = self.op.call(sample.call, sample.semantics).infer(_NOTHING)
            (kind,) = shape.values()
            sizes = tuple(dim for dim in kind.shape if isinstance(dim, int))
            named = {EXTRA: SampleInput(sizes)}
            layers.append({"add": None, "from": [EXTRA, LAYER], "name": "sum"})
        return {
            "specgraph": 1,
            "name": self.name,
            "semantics": sample.semantics,
            "inputs": {name: _input(one) for name, one in named.items()},
            "layers": layers,
        }


def all_samples(ops: Iterable[str] | None = None) -> list[SampleCase]:
    """Every sample of these ops, or of all that are installed."""
    plugins.load_ops()
    classes = list(OPS) if ops is None else [OPS.find(label) for label in ops]
    return [SampleCase(op, sample) for op in classes for sample in op.samples]


_NOTHING: Bound[TensorType] = Bound({})


def _input(one: SampleInput) -> dict[str, Any]:
    found: dict[str, Any] = {"shape": list(one.shape), "dtype": one.dtype}
    if one.layout is not None:
        found["layout"] = one.layout
    if one.range is not None:
        found["range"] = list(one.range)
    return found


def _sources(op: type[Op], named: dict[str, SampleInput]) -> dict[str, Any]:
    """`from` by the names of the op's inputs; one that takes several has a list."""
    several = {port.name for port in op.ports if port.most is None or port.most > 1}
    by_port: dict[str, list[str]] = {}
    for name, one in named.items():
        by_port.setdefault(one.port, []).append(name)
    return {
        port: names if port in several else names[0] for port, names in by_port.items()
    }


def _training(tested: Node, outputs: list[str]) -> dict[str, Any]:
    """A training section where there are penalties, which only a loss shows."""
    if not any(param.regularizer for param in tested.params):
        return {}
    losses = dict.fromkeys(outputs, "mean_squared_error")
    loss: Any = losses if len(outputs) > 1 else "mean_squared_error"
    return {"train": {"optimizer": "sgd", "loss": loss}}


def _tested(graph: Graph) -> Node:
    return next(node for node in graph.walk() if node.path == (LAYER,))


def _words(text: str, joint: str) -> str:
    return re.sub(r"[^a-z0-9]+", joint, text.lower()).strip(joint)

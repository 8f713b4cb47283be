"""Samples of ops as cases of tests."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from specgraph import plugins
from specgraph.ir.graph import Graph, Node
from specgraph.ops.base import OPS, Op, Sample
from specgraph.samples import graph_of, sample_data

LAYER = "tested"
"""The name of the layer under test."""


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
        data = sample_data(self.op, self.sample, self.name, LAYER)
        # What the outputs are called depends on attributes: the first graph shows it.
        tested = next(node for node in graph_of(data).walk() if node.path == (LAYER,))
        outputs = {LAYER: LAYER}
        if len(tested.outputs) > 1:
            outputs = {f"{LAYER}_{one}": f"{LAYER}.{one}" for one in tested.outputs}
        if not tested.op.ports:
            outputs = {"sum": "sum"}
        return graph_of(
            {**data, "outputs": outputs, **_training(tested, list(outputs))}
        )


def all_samples(ops: Iterable[str] | None = None) -> list[SampleCase]:
    """Every sample of these ops, or of all that are installed."""
    plugins.load_ops()
    classes = list(OPS) if ops is None else [OPS.find(label) for label in ops]
    return [SampleCase(op, sample) for op in classes for sample in op.samples]


def _training(tested: Node, outputs: list[str]) -> dict[str, Any]:
    """A training section where there is what only a loss or a step shows."""
    if not any(param.regularizer or param.constraint for param in tested.params):
        return {}
    losses = dict.fromkeys(outputs, "mean_squared_error")
    loss: Any = losses if len(outputs) > 1 else "mean_squared_error"
    return {"train": {"optimizer": "sgd", "loss": loss}}


def _words(text: str, joint: str) -> str:
    return re.sub(r"[^a-z0-9]+", joint, text.lower()).strip(joint)

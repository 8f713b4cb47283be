"""The loss of a training section, by the reference: of values by name, and its targets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from specgraph.ir.graph import Graph
from specgraph.ops.regularize import ActivityRegularization
from specgraph.reference.base import Array
from specgraph.reference.interpret import Arrays, Objective
from specgraph.reference.regularize import activity_penalty
from specgraph.reference.training import total_loss
from specgraph.training.config import Training
from specgraph.training.losses import CrossEntropy


def loss_of(graph: Graph, targets: Mapping[str, Array]) -> Objective:
    """What a training step makes small, of values and weights."""
    training = _as_computed(graph)
    taken = {name: graph.logits.get(name, v).name for name, v in graph.outputs.items()}
    regularizers = {
        path: param.regularizer
        for path, param in graph.parameters(trainable=True).items()
        if param.regularizer is not None
    }

    active = [
        (node.op, node.inputs.first.name)
        for node in graph.walk()
        if isinstance(node.op, ActivityRegularization)
    ]

    def objective(values: Arrays, weights: Arrays) -> Array:
        outputs = {name: values[value] for name, value in taken.items()}
        penalized = [(of, weights[path]) for path, of in regularizers.items()]
        total = total_loss(training, outputs, targets, penalized)
        for op, value in active:
            total = total + activity_penalty(op, values[value])
        return np.asarray(total)

    return objective


def _as_computed(graph: Graph) -> Training:
    """The training with losses of logits where outputs are looked through."""
    assert graph.training is not None
    losses = {
        name: loss.on_logits()
        if name in graph.logits and isinstance(loss, CrossEntropy)
        else loss
        for name, loss in graph.training.losses.items()
    }
    return replace(graph.training, losses=losses)

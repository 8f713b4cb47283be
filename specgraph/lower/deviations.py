"""Declared differences: what a spec may leave to each framework's own way.

A deviation named in a spec (`deviations:`) or allowed on the command line keeps the
framework's native layer instead of a helper that makes it exact.  The table is closed.
"""

from __future__ import annotations

from dataclasses import replace

from specgraph.ir.graph import Graph, Node

Native = dict[str, str]

KERAS = ("keras", "tensorflow")
DEVIATIONS: dict[str, Native] = {
    "batch_norm.running_variance": {
        "torch": "unbiased",
        **dict.fromkeys(KERAS, "biased"),
    },
    "adam.epsilon_placement": {
        "torch": "corrected",
        **dict.fromkeys(KERAS, "uncorrected"),
    },
    "adamw.epsilon_placement": {
        "torch": "corrected",
        **dict.fromkeys(KERAS, "uncorrected"),
    },
    "sgd.velocity": {"torch": "plain", **dict.fromkeys(KERAS, "scaled")},
}
"""By `label.attribute`: the value that each backend's native layer has."""


def deviate(graph: Graph, backend: str) -> Graph:
    """The graph as a backend computes it under the graph's declared deviations."""
    wanted = {
        tuple(name.split(".")): DEVIATIONS[name][backend]
        for name in graph.deviations
        if backend in DEVIATIONS[name]
    }
    if not wanted:
        return graph
    settings: dict[str, dict[str, object]] = {}
    for (label, attribute), native in wanted.items():
        settings.setdefault(label, {})[attribute] = native
    training = graph.training
    if training is not None and training.optimizer.label in settings:
        update = settings[training.optimizer.label]
        optimizer = training.optimizer.model_copy(update=update)
        training = replace(training, optimizer=optimizer)

    def deviated(node: Node) -> list[Node]:
        if node.op.label not in settings:
            return [node]
        return [replace(node, op=node.op.filled(**settings[node.op.label]))]

    return replace(graph.changed(deviated), training=training)


def differing(graph: Graph, one: str, other: str) -> tuple[str, ...]:
    """The declared deviations that make two backends compute different things."""
    return tuple(
        name
        for name in graph.deviations
        if DEVIATIONS[name].get(one) != DEVIATIONS[name].get(other)
    )

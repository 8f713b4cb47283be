"""The passes every graph goes through, in order."""

from __future__ import annotations

from collections.abc import Callable

from specgraph.ir.graph import Graph
from specgraph.passes.check_losses import check_losses
from specgraph.passes.expose_logits import expose_logits

PASSES: tuple[Callable[[Graph], Graph], ...] = (check_losses, expose_logits)


def canonicalize(graph: Graph) -> Graph:
    """The graph that backends, the reference and the weight maps share."""
    for one in PASSES:
        graph = one(graph)
    return graph

"""Which nodes of a graph depend on each other in turn."""

from __future__ import annotations

from collections.abc import Collection

from specgraph.ir.graph import Graph, Value


def follow_each_other(graph: Graph, nodes: Collection[str]) -> bool:
    """Whether each of these nodes, by name, needs all that run before it.

    Then every traversal of the model meets them in one order.
    """
    if len(nodes) < 2:
        return True
    above: dict[Value, int] = {}
    met = 0
    for node in graph.walk():
        needs = 0
        for value in node.inputs:
            needs |= above.get(value, 0)
        if node.name in nodes:
            if needs.bit_count() != met:
                return False
            needs |= 1 << met
            met += 1
        for value in node.outputs.values():
            above[value] = needs
    return True

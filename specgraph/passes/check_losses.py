"""Refuses an output and a loss that do not fit: logits twice, or probabilities none."""

from __future__ import annotations

from specgraph.diagnostics import Problems
from specgraph.ir.graph import Graph, Node
from specgraph.passes.expose_logits import final_activation


def check_losses(graph: Graph) -> Graph:
    """The graph; raises SpecError where an output does not fit its loss."""
    problems = Problems()
    if graph.training is not None:
        for name, loss in graph.training.losses.items():
            value = graph.outputs[name]
            node = value.producer
            made_by = _made_by(node)
            if node is None or made_by is None:
                continue
            last = value.type.shape[-1] if value.type.shape else None
            found = loss.mismatch(made_by, last if isinstance(last, int) else None)
            if found is not None:
                where = node.written.at if node.written is not None else node.at
                problems.add("loss-mismatch", found.message, where, found.hint)
    problems.raise_if_any()
    return graph


def _made_by(node: Node | None) -> str | None:
    """The op that gives an output its values: `linear` for a layer without activation."""
    found = final_activation(node)
    if node is None or found is not None:
        return found.label if found is not None else None
    fields = type(node.op).model_fields
    return "linear" if "activation" in fields else node.op.label

"""Splits off the softmax or sigmoid that a loss looks through.

Afterwards the graph's `logits` names, for such an output, the value that the loss is
computed from; the model's outputs stay what the spec says.
"""

from __future__ import annotations

from dataclasses import replace

from specgraph.ir.graph import Graph, Node, Path, Value, written_out
from specgraph.ops.activation import OverAxes
from specgraph.ops.base import Activation, Bound, Op, TensorType
from specgraph.training.losses import CrossEntropy, Loss


def expose_logits(graph: Graph) -> Graph:
    """The graph with an output's last activation as a node of its own."""
    if graph.training is None:
        return graph
    split: dict[Node, tuple[Node, Node]] = {}
    logits: dict[str, Value] = {}
    own = {item for item in written_out(graph.items) if isinstance(item, Node)}
    taken = {"_".join(step.path) for step in written_out(graph.items)}
    taken |= set(graph.inputs)
    groups = _sharing(graph)
    for name, loss in graph.training.losses.items():
        value = graph.outputs[name]
        node = value.producer if value.producer in own else None
        activation = looked_through(node, loss)
        if node is None or activation is None:
            continue
        if node.op is activation:
            logits[name] = node.inputs.first
        elif node in split:
            logits[name] = split[node][0].output
        elif own.issuperset(group := groups.get(node, [node])):
            for one in group:  # what is one layer stays one
                split[one] = _split(one, activation, taken)
            logits[name] = split[node][0].output
    if split:
        graph = graph.changed(lambda node: split.get(node, (node,)))
    return replace(graph, logits=logits)


def _sharing(graph: Graph) -> dict[Node, list[Node]]:
    """By node, those that have the same weights; only where there are several."""
    by_home: dict[Path, list[Node]] = {}
    lent = set()
    for node in graph.walk():
        if node.owner is not None:
            lent.add(node.owner.path)
    for node in graph.walk() if lent else ():
        path = node.path if node.owner is None else node.owner.path
        if path in lent and node.params:
            by_home.setdefault(path, []).append(node)
    return {node: group for group in by_home.values() for node in group}


def final_activation(node: Node | None) -> Activation | None:
    """The activation that gives a node's output its values, if there is one."""
    if node is None:
        return None
    if isinstance(node.op, Activation):
        return node.op
    simple = len(node.outputs) == 1 and not _is_recurrent(node.op)
    return node.op.last if simple else None


def _is_recurrent(op: Op) -> bool:
    return "recurrent_initializer" in type(op).model_fields


def looked_through(node: Node | None, loss: Loss) -> Activation | None:
    """The activation before an output that its loss is computed without."""
    found = final_activation(node)
    if node is None or found is None or not isinstance(loss, CrossEntropy):
        return None
    if not _along_last(found, node.output.type):
        return None
    return found if loss.looks_through(found.label) else None


def _along_last(found: Activation, type_: TensorType) -> bool:
    """Whether an activation is of single elements, or along the classes' axis."""
    if not isinstance(found, OverAxes):
        return True
    return type_.axes(found.over()) == (type_.rank - 1,)


def _split(node: Node, activation: Activation, taken: set[str]) -> tuple[Node, Node]:
    value = node.output
    path = (*node.path[:-1], f"{node.path[-1]}_{activation.label}")
    while "_".join(path) in taken:
        path = (*path[:-1], f"{path[-1]}_")
    taken.add("_".join(path))
    fed = Value(value.name, value.type)
    inner = replace(node, op=node.op.bare(), outputs={"output": fed})
    fed.producer = inner
    value.name = ".".join(path)
    outer = replace(
        node,
        path=path,
        op=activation.resolve(Bound({"input": (fed.type,)})),
        inputs=Bound({"input": (fed,)}),
        outputs={"output": value},
        params=(),
        owner=None,
        ties={},
    )
    value.producer = outer
    return inner, outer

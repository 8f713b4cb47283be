"""A model written out: every node of every use of a body, at its own path."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from specgraph.ir.items import (
    Body,
    Call,
    Chain,
    Group,
    Item,
    Loop,
    Node,
    Owner,
    Path,
    Skip,
    Value,
    written_out,
)


def expanded(items: Sequence[Item]) -> Iterator[Node]:
    """The nodes of a model in the order they run."""
    return _expand(items, (), {}, (), ((),))


def _expand(
    items: Sequence[Item],
    prefix: Path,
    values: dict[Value, Value],
    chain: Chain,
    homes: tuple[Path, ...],
) -> Iterator[Node]:
    """The nodes of a body under a path; `values` are what the body's stand for.

    `homes` are the paths at which the weights are of the body, the last of them, and of
    those around it.
    """
    for item in written_out(items):
        if isinstance(item, Call):
            yield from _called(item, prefix, values, chain, homes)
        elif isinstance(item, Skip):
            values[item.outputs["output"]] = values[item.inputs[0]]
        elif not prefix:
            yield item
        else:
            yield _placed(item, prefix, values, chain, homes)


def home(owner: Owner | None, path: Path, homes: tuple[Path, ...]) -> Path:
    """The path in the model at which the weights are of a layer or call of a body."""
    if owner is None:
        return (*homes[-1], *path)
    return (*homes[-1 - owner.up], *owner.path)


def _placed(
    node: Node,
    prefix: Path,
    values: dict[Value, Value],
    chain: Chain,
    homes: tuple[Path, ...],
) -> Node:
    path = (*prefix, *node.path)
    dotted = ".".join(path)
    outputs = {}
    for key, value in node.outputs.items():
        name = dotted if len(node.outputs) == 1 else f"{dotted}.{key}"
        made = values.get(value)
        if made is None:
            made = values[value] = Value(name, value.type)
        made.name = name
        outputs[key] = made
    own = home(node.owner, node.path, homes)
    ties = {
        name: replace(tie, owner=Owner(home(tie.owner, (), homes)))
        for name, tie in node.ties.items()
    }
    found = replace(
        node,
        path=path,
        inputs=node.inputs.map(lambda value: values[value]),
        outputs=outputs,
        chain=chain,
        owner=Owner(own) if own != path else None,
        ties=ties,
    )
    for value in outputs.values():
        value.producer = found
    return found


def _called(
    call: Call,
    prefix: Path,
    values: dict[Value, Value],
    chain: Chain,
    homes: tuple[Path, ...],
) -> Iterator[Node]:
    body = call.body
    if body.block is not None:
        chain = (*chain, (body.block.name, call.at))
    inputs = [values.get(value, value) for value in call.inputs]
    inner: dict[Value, Value] = {}
    for number, path in enumerate(call.paths(), 1):
        inner = dict(zip(body.inputs.values(), inputs, strict=True))
        if number == call.times:
            for name in body.outputs:
                given = _given(call.outputs[name], prefix, values)
                inner.setdefault(body.given(name), given)
        within = (*homes, home(call.owner, path, homes))
        yield from _expand(body.items, (*prefix, *path), inner, chain, within)
        if number < call.times and inputs:
            inputs[0] = inner[body.given(next(iter(body.outputs)))]
    for name in body.outputs:
        values[call.outputs[name]] = inner[body.given(name)]


def _given(value: Value, prefix: Path, values: dict[Value, Value]) -> Value:
    """What an output of a call stands for: itself at the top, else one a use."""
    if not prefix:
        return value
    return values.get(value) or Value(value.name, value.type)


def changed(
    items: Sequence[Item],
    change: Callable[[Node], Sequence[Node]],
    bodies: dict[Body, Body],
) -> list[Item]:
    """Items with other nodes in the place of each; `bodies` are those done already."""
    found: list[Item] = []
    for item in items:
        if isinstance(item, Node):
            found.extend(change(item))
        elif isinstance(item, Group):
            found.append(replace(item, items=changed(item.items, change, bodies)))
        elif isinstance(item, Loop):
            calls = [_recalled(call, change, bodies) for call in item.calls]
            found.append(replace(item, calls=calls))
        elif isinstance(item, Skip):
            found.append(item)
        else:
            found.append(_recalled(item, change, bodies))
    return found


def _recalled(
    call: Call,
    change: Callable[[Node], Sequence[Node]],
    bodies: dict[Body, Body],
) -> Call:
    body = bodies.get(call.body)
    if body is None:
        body = replace(call.body, items=changed(call.body.items, change, bodies))
        bodies[call.body] = body
    return replace(call, body=body)

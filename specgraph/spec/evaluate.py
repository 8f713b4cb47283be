"""From YAML nodes to plain values, `${…}` evaluated."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from specgraph.diagnostics import Problems
from specgraph.spec.expr import ExprError, interpolate
from specgraph.spec.source import Node, Scalar, Sequence

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*")

BROKEN = object()
"""The value of a name whose problem is recorded: what says it is unreadable."""


class Unreadable(Exception):
    """A value whose problem has been recorded."""


class Evaluator:
    """Evaluates what stands in a spec, under the names that are known there."""

    def __init__(self, names: dict[str, object], problems: Problems) -> None:
        self.names = names
        self.problems = problems

    def under(self, names: Mapping[str, object]) -> Evaluator:
        """An evaluator that knows more names, which hide those known here."""
        return Evaluator({**self.names, **names}, self.problems)

    def value(self, node: Node) -> object:
        """A node's plain value, lists as tuples; raises Unreadable."""
        if isinstance(node, Scalar):
            return self._scalar(node)
        if isinstance(node, Sequence):
            return tuple([self.value(item) for item in node.items])
        return {key: self.value(item) for key, item in node.items.items()}

    def _scalar(self, node: Scalar) -> object:
        value = node.value
        if not isinstance(value, str) or "$" not in value:
            return value
        if any(self.names.get(word) is BROKEN for word in _WORD.findall(value)):
            raise Unreadable
        try:
            return as_tuples(interpolate(value, self.names))
        except ExprError as error:
            where = node.part(error.offset)
            self.problems.add("bad-expression", error.message, where, error.hint)
            raise Unreadable from None


def as_tuples(value: object) -> object:
    """Lists, and lists in them, as tuples: how values reach definitions."""
    if isinstance(value, list | tuple):
        return tuple(as_tuples(item) for item in value)
    return value


def escaped(text: str) -> str:
    """A text that evaluates to this one."""
    return text.replace("${", "$${")


def has_expression(node: Node) -> bool:
    """Whether a `${…}`, or a literal one, stands in a node."""
    return next(_expressions(node), None) is not None


def mentions(node: Node, name: str) -> bool:
    """Whether some `${…}` in a node may say a name."""
    return any(name in _WORD.findall(text) for text in _expressions(node))


def _expressions(node: Node) -> Iterator[str]:
    stack = [node]
    while stack:
        one = stack.pop()
        if isinstance(one, Scalar):
            if isinstance(one.value, str) and "${" in one.value:
                yield one.value
        elif isinstance(one, Sequence):
            stack.extend(one.items)
        else:
            stack.extend(one.items.values())

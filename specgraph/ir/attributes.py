"""An op call's attributes: `${…}` evaluated, defaults filled in, problems located."""

from __future__ import annotations

from collections.abc import Mapping as AbcMapping

from specgraph.definition import CallError, Problem, Semantics
from specgraph.diagnostics import Problems, closest
from specgraph.ops.base import OPS, Op
from specgraph.spec.expr import ExprError, interpolate
from specgraph.spec.source import Mapping, Node, Scalar, Sequence


class Unreadable(Exception):
    """A value whose problem has been recorded."""


class Attributes:
    """Builds ops from their calls, under one spec's params, defaults and semantics."""

    def __init__(
        self,
        names: AbcMapping[str, object],
        semantics: Semantics,
        defaults: AbcMapping[str, Mapping],
        problems: Problems,
    ) -> None:
        self.names = names
        self.semantics = semantics
        self.problems = problems
        self.defaults = {
            label: self._defaults(label, node) for label, node in defaults.items()
        }

    def evaluate(self, node: Node) -> object:
        """A node's plain value with lists as tuples; raises Unreadable."""
        if isinstance(node, Scalar):
            value = node.value
            if not isinstance(value, str) or "$" not in value:
                return value
            try:
                return _frozen(interpolate(value, self.names))
            except ExprError as error:
                self.problems.add("bad-expression", error.message, node, error.hint)
                raise Unreadable from None
        if isinstance(node, Sequence):
            return tuple([self.evaluate(item) for item in node.items])
        return {key: self.evaluate(value) for key, value in node.items.items()}

    def op(self, label: str, argument: Node | None, at: Node) -> Op | None:
        """The op that a call means; None where a problem has been recorded."""
        cls = OPS.find(label)
        try:
            value = None if argument is None else self.evaluate(argument)
            written = cls.attributes_of(value)
            return cls.build({**self._filled(cls, label), **written}, self.semantics)
        except Unreadable:
            return None
        except CallError as error:
            for problem in error.problems:
                self.record(problem, argument, at)
            return None

    def _filled(self, cls: type[Op], label: str) -> dict[str, object]:
        if not self.defaults:
            return {}
        general = self.defaults.get("all", {})
        found = {k: v for k, v in general.items() if k in cls.model_fields}
        return {**found, **self.defaults.get(label, {})}

    def _defaults(self, label: str, node: Mapping) -> dict[str, object]:
        if label != "all" and label not in OPS:
            problem = OPS.unknown(label)
            self.problems.add(problem.code, problem.message, node, problem.hint)
            return {}
        classes = list(OPS) if label == "all" else [OPS.find(label)]
        known = {name for cls in classes for name in cls.model_fields}
        values = {}
        for name, value in node.items.items():
            if name not in known:
                near = closest(name, known)
                hint = f"did you mean `{near}`?" if near else ""
                what = "no op" if label == "all" else label
                message = f"{what} has no attribute `{name}`"
                if label == "all":
                    message = f"no op has an attribute `{name}`"
                self.problems.add("unknown-attribute", message, node.keys[name], hint)
                continue
            try:
                values[name] = self.evaluate(value)
            except Unreadable:
                continue
        return values

    def record(self, problem: Problem, argument: Node | None, at: Node) -> None:
        """Records a call's problem at the value it is about."""
        where = locate(argument, problem) if argument is not None else None
        self.problems.add(problem.code, problem.message, where or at, problem.hint)


def locate(node: Node, problem: Problem) -> Node | None:
    """The node that a problem's path leads to, as far as it can be followed."""
    path = problem.path
    if not path:
        return None
    found: Node = node
    for depth, part in enumerate(path):
        last = depth == len(path) - 1
        if isinstance(found, Mapping) and part in found.items:
            key = str(part)
            unknown = problem.code.startswith("unknown-")
            found = found.keys[key] if last and unknown else found.items[key]
        elif isinstance(found, Sequence) and isinstance(part, int):
            if part >= len(found.items):
                break
            found = found.items[part]
        else:
            break
    return found


def _frozen(value: object) -> object:
    if isinstance(value, list | tuple):
        return tuple(_frozen(item) for item in value)
    return value

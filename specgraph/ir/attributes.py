"""An op call's attributes: `${…}` evaluated, defaults filled in, problems located."""

from __future__ import annotations

from collections.abc import Mapping as AbcMapping

from specgraph.definition import CallError, Problem, Semantics, split_call
from specgraph.diagnostics import closest
from specgraph.ops.base import OPS, Op
from specgraph.spec.evaluate import Evaluator, Unreadable
from specgraph.spec.source import Mapping, Node, Sequence
from specgraph.traced import graft, holds_traced


class Attributes:
    """Builds ops from their calls, under one spec's params, defaults and semantics."""

    def __init__(
        self,
        evaluator: Evaluator,
        semantics: Semantics,
        defaults: AbcMapping[str, Mapping],
    ) -> None:
        self.evaluator = evaluator
        self.semantics = semantics
        self.problems = evaluator.problems
        self.written = defaults
        self.defaults = {
            label: self._defaults(label, node) for label, node in defaults.items()
        }

    def op(
        self,
        label: str,
        argument: Node | None,
        at: Node,
        evaluator: Evaluator | None = None,
    ) -> Op | None:
        """The op that a call means; None where a problem has been recorded."""
        evaluator = evaluator or self.evaluator
        cls = OPS.find(label)
        filled = self._filled(cls)
        written: AbcMapping[str, object] = {}
        try:
            if argument is not None:
                written = cls.attributes_of(evaluator.value(argument))
            op = cls.build({**filled, **self._held(cls, written)}, self.semantics)
            return _traced(op, written)
        except Unreadable:
            if isinstance(argument, Mapping):
                self._check_readable(cls, argument, evaluator)
            return None
        except CallError as error:
            for problem in error.problems:
                name = problem.path[0] if problem.path else None
                source = self._source(label, name) if name not in written else None
                self.record(problem, source or argument, at)
            return None

    def _check_readable(
        self, cls: type[Op], argument: Mapping, evaluator: Evaluator
    ) -> None:
        """Records what is wrong with attributes whatever the unreadable ones are."""
        values = {}
        for name, node in argument.items.items():
            try:
                values[name] = evaluator.value(node)
            except Unreadable:
                continue
        try:
            cls.build(values, self.semantics)
        except CallError as error:
            for problem in error.problems:
                if problem.code in _ALONE and problem.path[:1] in {
                    (n,) for n in values
                }:
                    self.record(problem, argument, argument)

    def _filled(self, cls: type[Op]) -> dict[str, object]:
        """What `defaults` say of an op's attributes."""
        if not self.defaults:
            return {}
        general = self.defaults.get("all", {})
        found = {k: v for k, v in general.items() if k in cls.model_fields}
        return {**found, **self.defaults.get(cls.label, {})}

    def _held(
        self, cls: type[Op], written: AbcMapping[str, object]
    ) -> AbcMapping[str, object]:
        """The attributes, with what `defaults` say in the call that one of them holds."""
        if cls.held is None or cls.held not in written or not self.defaults:
            return written
        name, argument = split_call(written[cls.held], "layer")
        inner = OPS.get(name)
        filled = self._filled(inner) if inner is not None else {}
        if inner is None or not filled:
            return written
        own = self._held(inner, inner.attributes_of(argument))
        return {**written, cls.held: {name: {**filled, **own}}}

    def _source(self, label: str, name: object) -> Mapping | None:
        """The entry of `defaults` that an attribute comes from."""
        for entry in (label, "all"):
            if name in self.defaults.get(entry, {}):
                return self.written[entry]
        return None

    def _defaults(self, label: str, node: Mapping) -> dict[str, object]:
        """One entry of `defaults`, its problems recorded even if no layer needs it."""
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
                message = f"{label} has no attribute `{name}`"
                if label == "all":
                    message = f"no op has an attribute `{name}`"
                self.problems.add("unknown-attribute", message, node.keys[name], hint)
                continue
            try:
                values[name] = self.evaluator.value(value)
            except Unreadable:
                continue
        if label != "all":
            self._check(classes[0], values, node)
        return values

    def _check(self, cls: type[Op], values: dict[str, object], node: Mapping) -> None:
        """Records which of an op's defaults it cannot take."""
        try:
            cls.build(values, self.semantics)
        except CallError as error:
            for problem in error.problems:
                if problem.path and problem.path[0] in values:
                    self.record(problem, node, node)

    def record(self, problem: Problem, argument: Node | None, at: Node) -> None:
        """Records a call's problem at the value it is about."""
        where = at if argument is None else locate(argument, problem) or at
        self.problems.add(problem.code, problem.message, where, problem.hint)


def _traced(op: Op, written: AbcMapping[str, object]) -> Op:
    """The op, its numbers as traced as those that it was made from."""
    update = {
        name: graft(getattr(op, name), raw)
        for name, raw in written.items()
        if holds_traced(raw)
    }
    return op.filled(**update) if update else op


_ALONE = ("unknown-attribute", "wrong-type")
"""Problems of an attribute by itself."""
_KEYS = ("unknown-attribute", "unknown-key", "unknown-output", "unsupported")
"""Problems of a key, whatever its value."""


def locate(node: Node, problem: Problem) -> Node | None:
    """The node that a problem's path leads to, as far as it can be followed.

    None for what is missing from the whole call.
    """
    if not problem.path:
        return None if problem.code.startswith("missing-") else node
    found = node
    for depth, part in enumerate(problem.path, 1):
        if isinstance(found, Mapping) and part in found.items:
            key = str(part)
            if depth == len(problem.path) and problem.code in _KEYS:
                return found.keys[key]
            found = found.items[key]
        elif isinstance(found, Sequence) and isinstance(part, int):
            if part >= len(found.items):
                break
            found = found.items[part]
        else:
            break
    if problem.code.startswith("unknown-") and isinstance(found, Mapping):
        return next(iter(found.keys.values()), found)
    return found

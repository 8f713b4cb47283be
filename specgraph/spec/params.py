"""The `params` of a spec, and the values that `--set` puts in their place."""

from __future__ import annotations

from collections.abc import Mapping as AbcMapping

from specgraph.definition import show
from specgraph.diagnostics import Problems, closest
from specgraph.spec.evaluate import BROKEN, Evaluator, Unreadable
from specgraph.spec.names import parameter_problem, variant_problem
from specgraph.spec.source import Mapping, Node

ALL = "all"
"""What `--variant` takes for the spec as it stands and every variant."""


class Variants:
    """The `variants` of a spec: other values for its parameters, and which is chosen."""

    def __init__(self, node: Mapping | None, chosen: str, problems: Problems) -> None:
        self.problems = problems
        self.tables: dict[str, Mapping] = {}
        for name, value in node.items.items() if node is not None else ():
            assert node is not None
            at = node.keys[name]
            why = variant_problem(name)
            if name == ALL:
                why = "`--variant all` means every variant"
            if why:
                message = f"a variant cannot be called {show(name)}: {why}"
                problems.add("reserved-name", message, at)
            if isinstance(value, Mapping):
                self.tables[name] = value
            else:
                message = f"variant `{name}` maps parameters to values"
                message += f", got {show(value.plain())}"
                hint = f"write `{name}: {{width: 64}}`"
                problems.add("wrong-type", message, value, hint)
        self.names = tuple(node.items) if node is not None else ()
        self.chosen = chosen
        if chosen and chosen not in self.names:
            near = closest(chosen, self.names)
            hint = f"did you mean {near}?" if near else ""
            hint = hint or f"the spec's variants: {', '.join(self.names) or 'none'}"
            message = f"the spec has no variant {show(chosen)}"
            problems.add("unknown-variant", message, node, hint)

    def value(self, name: str, value: object, evaluator: Evaluator) -> object:
        """A parameter's value under the variant; those of all are held to its type."""
        found = value
        for variant, table in self.tables.items():
            node = table.items.get(name)
            given = _read(name, node, evaluator) if node is not None else BROKEN
            if node is None or given is BROKEN:
                continue
            if isinstance(value, float) and type(given) is int:
                given = float(given)
            if not same_type(value, given):
                message = (
                    f"variant `{variant}` sets {name}: expected {type_name(value)} "
                    f"like {show(value)}, got {show(given)}"
                )
                self.problems.add("wrong-type", message, node)
            elif variant == self.chosen:
                found = given
        return found

    def refuse_unknown(self, known: AbcMapping[str, object]) -> None:
        """Records the parameters that variants name and the spec does not have."""
        for variant, table in self.tables.items():
            for name, at in table.keys.items():
                if name not in known:
                    near = closest(name, known)
                    hint = f"did you mean `{near}`?" if near else ""
                    hint = hint or f"its parameters: {', '.join(known) or 'none'}"
                    message = (
                        f"variant `{variant}` sets `{name}`, which is no parameter"
                    )
                    self.problems.add("unknown-parameter", message, at, hint)


def read_params(
    node: Mapping | None,
    overrides: AbcMapping[str, object],
    problems: Problems,
    variants: Variants | None = None,
) -> Evaluator:
    """An evaluator that knows the parameters, later ones computed from earlier ones."""
    evaluator = Evaluator({}, problems)
    for name, value in node.items.items() if node is not None else ():
        assert node is not None
        why = parameter_problem(name)
        if why:
            message = f"a parameter cannot be called {show(name)}: {why}"
            problems.add("reserved-name", message, node.keys[name])
        found = _read(name, value, evaluator)
        if found is not BROKEN and variants is not None:
            found = variants.value(name, found, evaluator)
        if found is not BROKEN and name in overrides:
            found = _override(name, found, overrides[name], problems)
        evaluator.names[name] = found
    for name in overrides:
        if name not in evaluator.names:
            _unknown(name, evaluator.names, problems)
    if variants is not None:
        variants.refuse_unknown(evaluator.names)
    return evaluator


def _read(name: str, node: Node, evaluator: Evaluator) -> object:
    """A parameter's value, lists as such; BROKEN where a problem has been recorded."""
    try:
        value = as_lists(evaluator.value(node))
    except Unreadable:
        return BROKEN
    if _is_value(value):
        return value
    message = f"parameter {name} must be a number, string, boolean or list of those"
    evaluator.problems.add("wrong-type", f"{message}, got {show(node.plain())}", node)
    return BROKEN


def as_lists(value: object) -> object:
    """Tuples, and tuples in them, as lists: what expressions work on."""
    if isinstance(value, list | tuple):
        return [as_lists(item) for item in value]
    return value


def _is_value(value: object) -> bool:
    if isinstance(value, list):
        return all(_is_value(item) for item in value)
    return isinstance(value, bool | int | float | str)


def _override(name: str, value: object, given: object, problems: Problems) -> object:
    given = as_lists(given)
    if isinstance(value, float) and type(given) is int:
        given = float(given)
    if same_type(value, given):
        return given
    message = (
        f"--set {name}: expected {type_name(value)} like {show(value)}, "
        f"got {show(given)}"
    )
    problems.add("wrong-type", message)
    return value


def _unknown(name: str, known: AbcMapping[str, object], problems: Problems) -> None:
    near = closest(name, known)
    hint = f"did you mean {near}?" if near else ""
    hint = hint or f"the spec's parameters: {', '.join(known) or 'none'}"
    message = f"--set {name}: the spec has no such parameter"
    problems.add("unknown-parameter", message, None, hint)


def type_name(value: object) -> str:
    """The type of a parameter's value, in words."""
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int):
        return "an integer"
    if isinstance(value, float):
        return "a number"
    if isinstance(value, list):
        kinds = {type_name(item) for item in value}
        return f"a list of {_plural(kinds.pop())}" if len(kinds) == 1 else "a list"
    return "a string"


def _plural(kind: str) -> str:
    return f"{kind.partition(' ')[2]}s"


def same_type(value: object, given: object) -> bool:
    """Whether a parameter of one value may take another.

    An integer is a number; a list of one type takes lists of that type.
    """
    if isinstance(value, list) and isinstance(given, list):
        if len({type_name(item) for item in value}) != 1:
            return _is_value(given)
        return all(same_type(value[0], item) for item in given)
    if isinstance(value, float):
        return type(given) in (int, float)
    return type(value) is type(given)

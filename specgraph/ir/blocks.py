"""Arguments of blocks: what a call passes, held to the types that were declared."""

from __future__ import annotations

from collections.abc import Mapping as AbcMapping
from dataclasses import dataclass
from typing import Any

from specgraph.definition import show
from specgraph.diagnostics import closest
from specgraph.ir.graph import Value
from specgraph.ops.dims import Dim
from specgraph.spec.evaluate import BROKEN, Evaluator, Unreadable
from specgraph.spec.params import as_lists
from specgraph.spec.schema import Block, BlockParam, Layer
from specgraph.spec.source import Mapping, Node
from specgraph.traced import as_float, plain

KINDS: dict[str, tuple[type, ...]] = {
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "str": (str,),
    "list": (list,),
    "size": (int, list),
}
WORDS = {
    "int": "an integer",
    "float": "a number",
    "bool": "true or false",
    "str": "a string",
    "list": "a list",
    "size": "an integer or a list of integers",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A value of the model, as expressions may ask about it: fixed sizes alone."""

    value: Value

    @property
    def channels(self) -> int:
        """The size along the channel axis."""
        return _fixed(self.value.type.channels) if self.value.type.shape else 0

    @property
    def rank(self) -> int:
        """The number of axes, the batch counted."""
        return self.value.type.rank

    @property
    def shape(self) -> tuple[object, ...]:
        """The sizes as written, without the batch."""
        return _Sizes(self.value.type.shape)


class _Sizes(tuple[Dim, ...]):
    """Sizes, of which an expression can take those that are fixed."""

    __slots__ = ()

    def __getitem__(self, axis: Any) -> Any:
        return _fixed(super().__getitem__(axis))


def _fixed(dim: Dim) -> int:
    if isinstance(dim, int):
        return dim
    raise ValueError(f"size `{dim}` is only known when the model runs")


def arguments(
    block: Block,
    layer: Layer,
    evaluator: Evaluator,
    known: AbcMapping[str, object] | None = None,
) -> dict[str, object] | None:
    """The values of a block's parameters; None where a problem has been recorded.

    `known` are those of the call whose weights are used: they stand for what is left out.
    """
    problems = evaluator.problems
    before = len(problems)
    given = _given(block, layer, evaluator)
    misspelt = len(problems) > before
    inside = Evaluator(dict(block.names), problems)
    found: dict[str, object] = {}
    broken = False
    for param in block.params:
        if known is not None and param.name not in given:
            found[param.name] = inside.names[param.name] = known[param.name]
            continue
        node = given.get(param.name, param.default)
        if node is None:
            inside.names[param.name] = BROKEN
            if misspelt:
                continue
            message = f"block `{block.name}` needs `{param.name}`"
            hint = f"{WORDS[param.type]}; write `{block.name}: {{{param.name}: …}}`"
            problems.add("missing-argument", message, layer.at, hint)
            continue
        try:
            source = evaluator if param.name in given else inside
            value = as_lists(source.value(node))
        except Unreadable:
            inside.names[param.name] = BROKEN
            broken = True
            continue
        if isinstance(value, int) and not isinstance(value, bool):
            value = as_float(value) if param.type == "float" else value
        wrong = _wrong(param, value, inside)
        if wrong:
            message = f"`{param.name}` of block `{block.name}` must be {wrong}"
            problems.add("wrong-type", f"{message}, got {show(value)}", node)
            inside.names[param.name] = BROKEN
            continue
        found[param.name] = inside.names[param.name] = value
    return None if broken or len(problems) > before else found


def _given(block: Block, layer: Layer, evaluator: Evaluator) -> dict[str, Node]:
    """The nodes that a call passes, by parameter; what is none of them is recorded."""
    node = layer.argument
    names = [param.name for param in block.params]
    if node is None:
        return {}
    if not isinstance(node, Mapping):
        if names:
            return {names[0]: node}
        message = f"block `{block.name}` has no parameters"
        evaluator.problems.add("unknown-argument", message, node)
        return {}
    unknown = [name for name in node.items if name not in names]
    for name in unknown:
        near = closest(name, names)
        hint = f"did you mean `{near}`?" if near else ""
        hint = hint or f"its parameters: {', '.join(names) or 'none'}"
        message = f"block `{block.name}` has no parameter `{name}`"
        evaluator.problems.add("unknown-argument", message, node.keys[name], hint)
    return {name: item for name, item in node.items.items() if name in names}


def _wrong(param: BlockParam, value: object, evaluator: Evaluator) -> str | None:
    """What a value should have been, where it is not."""
    fits = isinstance(value, KINDS[param.type])
    if isinstance(value, bool) and param.type != "bool":
        fits = False
    if param.type == "size" and isinstance(value, list):
        fits = bool(value) and all(isinstance(item, int) for item in value)
    if not fits:
        return WORDS[param.type]
    if param.choices is None:
        return None
    try:
        choices = as_lists(evaluator.value(param.choices))
    except Unreadable:
        return None
    if not isinstance(choices, list):
        return None
    words = ", ".join(show(choice) for choice in choices)
    return None if value in choices else f"one of {words}"


def memo_key(value: object) -> object:
    """A value as a key that tells 1 from true and from 1.0."""
    if isinstance(value, list | tuple):
        return tuple(memo_key(item) for item in value)
    if isinstance(value, int | float):
        value = plain(value)
    return type(value).__name__, value

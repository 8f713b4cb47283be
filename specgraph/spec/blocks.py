"""The `blocks` of a spec: their parameters, inputs, layers and outputs."""

from __future__ import annotations

from typing import get_args

from specgraph.definition import show
from specgraph.diagnostics import Problems, closest
from specgraph.ops.base import OPS
from specgraph.spec import schema
from specgraph.spec.layers import WORDS, LayerReader
from specgraph.spec.names import name_problem, parameter_problem
from specgraph.spec.schema import Block, BlockParam, Layer
from specgraph.spec.source import Mapping, Node, Scalar, Sequence

KEYS = ("params", "inputs", "layers", "outputs", "description")
PARAM_KEYS = ("type", "default", "choices")
TYPES: tuple[str, ...] = get_args(schema.ParamType)
MOST_SHOWN = 12
"""Names of blocks in a message."""


def declare_blocks(
    node: Mapping | None, names: dict[str, object], problems: Problems
) -> dict[str, Block]:
    """The blocks by name, still without layers: those may call any of them."""
    found: dict[str, Block] = {}
    for name, value in node.items.items() if node is not None else ():
        assert node is not None
        at = node.keys[name]
        why = block_problem(name)
        if why:
            message = f"a block cannot be called {show(name)}: {why}"
            problems.add("reserved-name", message, at)
        if isinstance(value, Mapping):
            found[name] = _Header(problems, value).block(name, at, names)
        else:
            message = f"block `{name}` must be a mapping, got {show(value.plain())}"
            problems.add("wrong-type", message, value, "write `layers:` below it")
            found[name] = Block(name, at, names=names)
    return found


def block_problem(name: str) -> str | None:
    """Why a block cannot have a name, or None."""
    if name in OPS:
        return "an op has that name"
    if name in (*WORDS, *schema.FIELDS):
        return "it is a word of the language"
    return name_problem(name)


class _Header:
    def __init__(self, problems: Problems, node: Mapping) -> None:
        self.problems = problems
        self.node = node

    def block(self, name: str, at: Node, names: dict[str, object]) -> Block:
        for key, where in self.node.keys.items():
            if key not in KEYS:
                near = closest(key, KEYS)
                hint = (
                    f"did you mean `{near}`?" if near else f"known: {', '.join(KEYS)}"
                )
                self.problems.add("unknown-key", f"a block has no `{key}`", where, hint)
        return Block(name, at, self._params(), self._inputs(), names=names)

    def _params(self) -> tuple[BlockParam, ...]:
        node = self.node.items.get("params")
        if node is None:
            return ()
        if not isinstance(node, Mapping):
            message = f"`params` maps names to types, got {show(node.plain())}"
            hint = "write `params: {filters: int}`"
            self.problems.add("wrong-type", message, node, hint)
            return ()
        found = [self._param(n, node.keys[n], v) for n, v in node.items.items()]
        return tuple(param for param in found if param is not None)

    def _param(self, name: str, at: Node, node: Node) -> BlockParam | None:
        why = parameter_problem(name)
        if why:
            message = f"a parameter cannot be called {show(name)}: {why}"
            self.problems.add("reserved-name", message, at)
            return None
        items: dict[str, Node] = {"type": node}
        if isinstance(node, Mapping):
            items = node.items
            for key in node.keys.keys() - set(PARAM_KEYS):
                hint = f"known: {', '.join(PARAM_KEYS)}"
                message = f"a parameter has no `{key}`"
                self.problems.add("unknown-key", message, node.keys[key], hint)
        kind = items.get("type")
        word = kind.value if isinstance(kind, Scalar) else None
        if word not in TYPES:
            near = closest(word, TYPES) if isinstance(word, str) else None
            hint = f"did you mean `{near}`?" if near else f"one of {', '.join(TYPES)}"
            message = f"parameter `{name}` needs a type"
            if kind is not None:
                message = f"{show(kind.plain())} is no type of a parameter"
            self.problems.add("bad-value", message, kind or at, hint)
            return None
        return BlockParam(name, word, at, items.get("default"), items.get("choices"))  # type: ignore[arg-type]

    def _inputs(self) -> tuple[str, ...]:
        node = self.node.items.get("inputs")
        if node is None:
            return ("input",)
        items = node.items if isinstance(node, Sequence) else [node]
        found: list[str] = []
        for item in items:
            name = item.value if isinstance(item, Scalar) else None
            if not isinstance(name, str):
                message = f"`inputs` of a block are names, got {show(item.plain())}"
                hint = "write `inputs: [x, mask]`"
                self.problems.add("wrong-type", message, item, hint)
                continue
            why = name_problem(name)
            if why is None and name in found:
                why = "another input has that name"
            if why:
                message = f"an input cannot be called {show(name)}: {why}"
                self.problems.add("reserved-name", message, item)
            found.append(name)
        if not found:
            self.problems.add("bad-value", "a block takes one input or more", node)
        return tuple(found) or ("input",)


def fill_blocks(
    node: Mapping | None, blocks: dict[str, Block], reader: LayerReader
) -> None:
    """Reads the layers and outputs of declared blocks; refuses recursion."""
    for name, value in node.items.items() if node is not None else ():
        if isinstance(value, Mapping):
            block = blocks[name]
            layers = value.items.get("layers")
            block.layers = reader.sequence(layers, value, "layers", may_be_empty=True)
            block.outputs = reader.outputs(value.items.get("outputs"))
    _refuse_recursion(blocks, reader.problems)


def _refuse_recursion(blocks: dict[str, Block], problems: Problems) -> None:
    """Records blocks that lead to themselves, whatever stands under `when`.

    Every block is looked at once, depth first; one that is called by a block that it
    led to closes a circle.
    """
    done: set[Block] = set()
    for start in blocks.values():
        way = [start] if start not in done else []
        left = [calls(start.layers)] if way else []
        while way:
            if not left[-1]:
                left.pop()
                done.add(way.pop())
                continue
            layer = left[-1].pop()
            called = layer.block
            if called in way:
                _circle(way[way.index(called) :], layer, problems)
            elif called is not None and called not in done:
                way.append(called)
                left.append(calls(called.layers))


def _circle(way: list[Block], layer: Layer, problems: Problems) -> None:
    for block in way:
        block.broken = True
    names = [block.name for block in (*way, way[0])]
    if len(names) > MOST_SHOWN:
        half = MOST_SHOWN // 2
        names = [*names[:half], "…", *names[-half:]]
    message = f"block `{way[0].name}` uses itself: {' → '.join(names)}"
    hint = "use `repeat` for several in a row"
    problems.add("recursive-block", message, layer.at, hint)


def calls(layers: tuple[Layer, ...]) -> list[Layer]:
    """The layers that call something, those in other forms too."""
    found: list[Layer] = []
    stack = list(layers)
    while stack:
        layer = stack.pop()
        if layer.form == "call":
            found.append(layer)
        stack.extend(layer.layers)
        for _, inner in layer.branches:
            stack.extend(inner)
    return found

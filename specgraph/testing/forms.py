"""Forms of layers in random specs that hold layers: branches, groups, blocks, loops."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from specgraph.ops.base import OPS, TensorType
from specgraph.testing.calls import LARGEST_VALUE, WORDS, Calls
from specgraph.testing.sight import Data, Sight, Value


@dataclass
class Block:
    """A block of the spec: how it is written, and what it takes and gives."""

    written: Data
    takes: list[TensorType]
    gives: TensorType
    passed: dict[str, int]
    """What a call passes, by parameter."""
    of_ids: bool = False
    """Whether it looks ids up in a table, which holds those of one input."""


class Forms(Calls):
    """Writes layers one after another, of any form."""

    def __init__(self, draw: st.DrawFn) -> None:
        super().__init__(draw)
        self.blocks: dict[str, Block] = {}

    def layers(self, sight: Sight, depth: int) -> list[Data]:
        """Some layers one after another; `sight.before` is then the last one's value."""
        layers = []
        least = 0 if depth and sight.before is not None else 1
        for _ in range(self.draw(st.integers(least, 7 - 3 * depth))):
            layer = self.layer(sight, depth)
            if layer is not None:
                layers.append(layer)
        if not layers and least:
            layers.append(self.flattened(sight))
        return layers

    def flattened(self, sight: Sight) -> Data:
        """The one op that takes every value."""
        start = self.start(sight)
        operands = {"input": [start]}
        outputs = self.types(OPS.find("flatten"), None, operands)
        assert outputs is not None
        return self.written({"flatten": None}, operands, sight, outputs)

    def layer(self, sight: Sight, depth: int) -> Data | None:
        """One layer of any form; None where the op that was drawn fits nothing."""
        forms = [self.branches, self.group, self.block, self.loop]
        form = self.draw(st.integers(0, 15))
        if form > 11 and depth < 2:
            return forms[15 - form](sight, depth)
        if form == 11 and sight.before is not None:
            return self.left_out()
        return self.call(sight)

    def branches(self, sight: Sight, depth: int) -> Data | None:
        """Branches from one value, merged where an op takes their ends.

        In a branch or group all of them must be: else None, as if nothing had been.
        """
        start = self.start(sight)
        used = [(value, value.used) for value in (start, *sight.named)]
        names = self.draw(
            st.lists(st.sampled_from(WORDS), min_size=2, max_size=3, unique=True)
        )
        branches, ends = {}, []
        for name in names:
            inner = Sight(start, list(sight.named), inner=True)
            branches[name] = self.layers(inner, depth + 1)
            assert inner.before is not None
            ends.append(inner.before)
        layer: Data = {"branches": branches}
        merge = self.merge(ends)
        for value in ends:
            value.used = True
        if merge is not None:
            call, type_ = merge
            layer["merge"] = call
            return self.written(layer, {"input": [start]}, sight, {"output": type_})
        if sight.inner:
            for value, was_used in used:
                value.used = was_used
            return None
        types = {name: value.type for name, value in zip(names, ends, strict=True)}
        layer = self.written(layer, {"input": [start]}, sight, types)
        self.split(layer, types, sight)
        return layer

    def split(self, layer: Data, types: dict[str, TensorType], sight: Sight) -> None:
        """Makes the branches' ends leaves, each under its own name."""
        first, *others = [value for value in sight.named if value.layer is layer]
        first.reference += f".{next(iter(types))}"
        for value in others:
            value.used = False
        self.leaves += others

    def merge(self, ends: list[Value]) -> tuple[Any, TensorType] | None:
        """The call of an op that takes all ends, and the type it gives."""
        several = [op for op in self.ops if op.ports and op.ports[0].most != 1]
        op = self.draw(st.sampled_from(several))
        most = op.ports[0].most
        dtypes = op.ports[0].dtypes
        if (most is not None and len(ends) > most) or any(
            value.type.dtype not in dtypes for value in ends
        ):
            return None
        outputs = self.types(op, None, {op.ports[0].name: ends})
        return (op.label, next(iter(outputs.values()))) if outputs else None

    def group(self, sight: Sight, depth: int) -> Data:
        """A group of layers."""
        start = self.start(sight)
        inner = Sight(start, list(sight.named), inner=True)
        layers, type_ = self.body(inner, depth)
        outputs = {"output": type_}
        return self.written({"layers": layers}, {"input": [start]}, sight, outputs)

    def body(self, sight: Sight, depth: int) -> tuple[list[Data], TensorType]:
        """Layers that run as one, and the type of what they give."""
        layers = self.layers(sight, depth + 1)
        if not layers:
            layers = [self.flattened(sight)]
        assert sight.before is not None
        return layers, sight.before.type

    def block(self, sight: Sight, depth: int) -> Data:
        """A use of a block: of a new one, or again of one that takes these values."""
        start = self.start(sight)
        fitting = {
            name: block
            for name, block in self.blocks.items()
            if block.takes == [start.type] and not start.bare and not block.of_ids
        }
        again: bool = self.draw(st.booleans())
        if fitting and again:
            name = self.draw(st.sampled_from(sorted(fitting)))
            operands = {"given": [start]}
        else:
            name, operands = self.new_block(start, sight, depth)
        block = self.blocks[name]
        layer: Data = {name: dict(block.passed) or None}
        same = block.gives == start.type
        return self.repeated(layer, operands, sight, block.gives, same)

    def new_block(
        self, start: Value, sight: Sight, depth: int
    ) -> tuple[str, dict[str, list[Value]]]:
        """Defines a block; its name, and the values that its first call takes."""
        actual = {"given": start}
        two: bool = self.draw(st.booleans())
        if sight.named and two:
            actual["below"] = self.draw(st.sampled_from(sight.named))
        formal = {name: _formal(name, value) for name, value in actual.items()}
        outside, self.local, self.turn = (self.local, self.turn), {}, None
        inner = Sight(formal["given"], list(formal.values()), inner=True)
        layers, type_ = self.body(inner, depth)
        passed, (self.local, self.turn) = self.local, outside
        operands = {
            name: [value]
            for name, value in actual.items()
            if name == "given" or formal[name].used
        }
        if len(operands) > 1:
            layers[0].setdefault("from", "given")
        written: Data = {"inputs": list(operands), "layers": layers}
        if passed:
            kinds: Data = dict.fromkeys(passed, "int")
            defaulted = next(iter(passed))
            if self.draw(st.booleans()):
                kinds[defaulted] = {"type": "int", "default": passed.pop(defaulted)}
            written["params"] = kinds
        takes = [value.type for (value,) in operands.values()]
        name = f"block{len(self.blocks) + 1}"
        looks_up = start.type.dtype == "int32"
        self.blocks[name] = Block(written, takes, type_, passed, looks_up)
        return name, operands

    def loop(self, sight: Sight, depth: int) -> Data:
        """Layers that run several times, or once for each item of a list."""
        start = self.start(sight)
        walks = self.draw(st.booleans())
        outside, self.local = (self.local, self.turn), {} if walks else self.local
        self.turn = f"i{depth}"
        layers, type_ = self.body(Sight(start, list(sight.named), inner=True), depth)
        turn, local = self.turn, self.local
        self.local, self.turn = outside
        same = type_ == start.type and not _mentions(layers[0], start.reference)
        layer: Data = {"layers": layers}
        if not walks:
            operands = {"input": [start]}
            return self.repeated(layer, operands, sight, type_, same, turn)
        first = self.draw(st.sampled_from([0, 2, 3]))  # a `when` leaves 1 out
        items = [first, *self.draw(st.lists(st.integers(0, 3), max_size=2))]
        items = items if same else items[:1]
        lists = {name: [value] * len(items) for name, value in (local or {}).items()}
        layer = {"for": {turn: items, **lists}, **layer}
        return self.written(layer, {"input": [start]}, sight, {"output": type_})

    def repeated(
        self,
        layer: Data,
        operands: dict[str, list[Value]],
        sight: Sight,
        type_: TensorType,
        same: bool,
        turn: str | None = None,
    ) -> Data:
        """The layer, run several times where it gives what it takes."""
        times = self.draw(st.integers(1, 3)) if same else 1
        if turn is not None:
            layer["repeat"] = {"times": times, "as": turn}
        elif times > 1 or self.rarely():
            layer["repeat"] = times
        return self.written(layer, operands, sight, {"output": type_})

    def left_out(self) -> Data:
        """A layer that its `when` leaves out: nothing changes."""
        self.params["never"] = False
        call: Data = self.draw(st.sampled_from([{"dense": 3}, {"lstm": 2}]))
        return {**call, "when": "${never}", "name": self.name()}


def _formal(name: str, value: Value) -> Value:
    """A block's input, as its layers see what a call gives it."""
    ids = value.layer if value.is_input and value.type.dtype == "int32" else _UNBOUNDED
    return Value(name, value.type, ids, is_input=True, bare=value.bare)


_UNBOUNDED: Data = {"range": [0, LARGEST_VALUE]}


def _mentions(layer: Any, reference: str) -> bool:
    """Whether a layer says a name anywhere, as what it takes or otherwise."""
    if isinstance(layer, dict):
        return any(_mentions(item, reference) for item in layer.values())
    if isinstance(layer, list):
        return any(_mentions(item, reference) for item in layer)
    return bool(layer == reference)

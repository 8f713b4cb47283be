"""Calls of ops in random specs, and the layers that hold them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from specgraph import plugins
from specgraph.definition import CallError, Semantics
from specgraph.ir.infer import Ill, infer
from specgraph.ops.base import OPS, Bound, Layout, Op, TensorType
from specgraph.ops.embedding import Embedding
from specgraph.ops.regularize import SpatialDropout
from specgraph.ops.sizes import Bounds
from specgraph.ops.window import Windowed
from specgraph.testing.domains import arguments, as_tuples
from specgraph.testing.sight import Data, Sight, Value, may_take, size_of, sources

LARGEST_VALUE = 5_000
"""Elements of one example of a value, named sizes not counted."""
WORDS = ("stem", "x", "input", "list", "conv", "self_attention", "y", "T", "head")


class Calls:
    """Writes calls; an op is asked for its types before its layer is written."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.semantics: Semantics = draw(st.sampled_from(["keras", "torch"]))
        self.layout: Layout = "channels_last"
        if self.semantics == "torch":
            self.layout = "channels_first"
        self.params: dict[str, Any] = {}
        self.bounds: dict[str, Bounds] = {}
        self.defaults: dict[str, Data] = {}
        self.names: set[str] = set()
        self.leaves: list[Value] = []
        plugins.load_ops()
        self.ops = sorted(OPS, key=lambda op: op.label)
        self.local: dict[str, int] | None = None
        """Numbers of the block or loop that is being written, by name."""
        self.numbers = 0
        self.turn: str | None = None
        """What a loop calls its turns' number."""

    def rarely(self) -> bool:
        """True now and then; shrinks to False."""
        return self.draw(st.integers(0, 3)) == 3

    def name(self) -> str:
        """A name that nothing has."""
        word: str = self.draw(st.sampled_from(WORDS))
        name, number = word, 2
        while name in self.names:
            name, number = f"{word}{number}", number + 1
        self.names.add(name)
        return name

    def start(self, sight: Sight) -> Value:
        """A value that a layer may begin with."""
        before = sight.before
        if before is not None and (sight.inner or self.draw(st.integers(0, 3)) < 3):
            return before
        found: Value = self.draw(st.sampled_from(sight.named))
        return found

    def call(self, sight: Sight) -> Data | None:
        """A call of an op, its operands among the values in sight."""
        start = self.start(sight)
        fitting = [op for op in self.ops if may_take(op, start.type)]
        fitting += [op for op in fitting if op.params is not Op.params] * 2
        if not sight.inner:
            fitting += [op for op in self.ops if not op.ports]
        op = self.draw(st.sampled_from(fitting))
        operands = self.operands(op, start, sight)
        needed = {port.name for port in op.ports if not port.optional}
        first = {port: operands[port] for port in operands if port in needed}
        first = first or dict(list(operands.items())[:1])
        for full, taken in ((True, operands), (True, first), (False, first)):
            argument = self.draw(arguments(op, full=full))
            outputs = self.types(op, argument, taken)
            if outputs is not None:
                layer = {op.label: self.said(argument)}
                return self.written(layer, taken, sight, outputs)
        return None

    def operands(
        self, op: type[Op], start: Value, sight: Sight
    ) -> dict[str, list[Value]]:
        """Values by port: those of the first all of one type, others by their dtype."""
        if not op.ports:
            return {}
        port = op.ports[0]
        found = {port.name: [start]}
        if port.most != 1:
            alike = [value for value in sight.named if value.type == start.type]
            count = self.draw(st.integers(port.least, port.most or 3))
            others = st.sampled_from([*alike, start])
            found[port.name] += [self.draw(others) for _ in range(count - 1)]
        for port in op.ports[1:]:
            fitting = [v for v in (*sight.named, start) if v.type.dtype in port.dtypes]
            alike = [value for value in fitting if value.type.shape == start.type.shape]
            if fitting and (not port.optional or self.rarely()):
                values = st.sampled_from(alike or fitting) | st.sampled_from(fitting)
                found[port.name] = [self.draw(values)]
        return found

    def types(
        self, op: type[Op], argument: Data | None, operands: dict[str, list[Value]]
    ) -> dict[str, TensorType] | None:
        """The outputs' types; None where the op refuses its attributes or operands."""
        taken = [value for values in operands.values() for value in values]
        spatial = issubclass(op, SpatialDropout | Windowed)
        if spatial and any(value.bare for value in taken):
            return None
        given = {**self.defaults.get(op.label, {}), **(argument or {})}
        ports = {
            port: tuple(value.type for value in values)
            for port, values in operands.items()
        }
        if any(len(ports.get(port.name, ())) < port.least for port in op.ports):
            return None
        try:
            built = op.build(as_tuples(given), self.semantics)
            outputs = infer(built, Bound(ports, self.bounds))[2]
        except (CallError, Ill):
            return None
        if isinstance(built, Embedding) and not _holds(built, taken[0]):
            return None
        small = all(size_of(type_) <= LARGEST_VALUE for type_ in outputs.values())
        return outputs if small else None

    def said(self, argument: Data | None) -> Data | None:
        """The attributes, now and then an integer among them as an expression."""
        for name, value in (argument or {}).items():
            if type(value) is int and self.rarely():
                assert argument is not None
                return {**argument, name: f"${{{self.number(value)}}}"}
        return argument

    def number(self, value: int) -> str:
        """A new parameter that holds a number: of the block or loop, or of the spec."""
        self.numbers += 1
        name = f"p{self.numbers}"
        local = self.local is not None and self.draw(st.booleans())
        where = self.local if local and self.local is not None else self.params
        where[name] = value
        return name

    def written(
        self,
        layer: Data,
        operands: dict[str, list[Value]],
        sight: Sight,
        outputs: dict[str, TensorType],
    ) -> Data:
        """The layer with its modifiers; its values come into sight."""
        values = [value for found in operands.values() for value in found]
        if values and (values != [sight.before] or self.rarely()):
            layer["from"] = sources(operands)
            for value in values:
                value.say()
        for value in values:
            value.used = True
        if self.rarely():
            layer["trainable"] = False
        if self.turn and _keeps(values, outputs) and self.rarely():
            layer["when"] = f"${{{self.turn} != 1}}"
        name = self.name()
        made = Value(name, next(iter(outputs.values())), layer)
        others = [
            Value(f"{name}.{key}", kind, layer, used=True)
            for key, kind in list(outputs.items())[1:]
        ]
        if others or sight.inner or self.draw(st.booleans()):
            layer["name"] = name
            sight.named += [made, *others]
        if not sight.inner:
            self.leaves.append(made)
        sight.before = made
        return layer


def _keeps(values: list[Value], outputs: dict[str, TensorType]) -> bool:
    """Whether a layer gives what it takes, so that it may be left out."""
    return len(values) == 1 and [values[0].type] == list(outputs.values())


def _holds(op: Embedding, ids: Value) -> bool:
    """Whether a table has a row for every id that an input may hold."""
    return ids.is_input and op.input_dim >= ids.layer["range"][1]

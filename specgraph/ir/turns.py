"""The turns of a loop, each a call whose first input is what the former gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from specgraph.ir.blocks import memo_key
from specgraph.ir.doors import TURN, grown, labelled, without
from specgraph.ir.graph import UNKNOWN, Body, Call, Loop, Path, Skip, Value
from specgraph.ir.scope import BROKEN, Door, Frame, Handle, Scope
from specgraph.ir.unused import record_unused
from specgraph.ops.base import OPS
from specgraph.spec.evaluate import BROKEN as BROKEN_NAME
from specgraph.spec.schema import Layer, Reference, Sources
from specgraph.traced import named

if TYPE_CHECKING:
    from specgraph.ir.calls import CallBuilder

CARRIED = ""
"""The name, which no layer can have, of what one turn hands to the next."""


class Turns:
    """Adds turn after turn; those that are alike become one call, run several times."""

    def __init__(
        self,
        builder: CallBuilder,
        layer: Layer,
        name: str,
        frame: Frame,
        before: Handle | None,
    ) -> None:
        self.builder = builder
        self.problems = builder.problems
        self.layer = layer
        self.name = name
        self.frame = frame
        self.path = (*frame.scope.path, name)
        self.calls: list[Call] = []
        self.count = 0
        self.carried = self._first(before)
        self.steady = False
        """Whether the last turn was like the one before, and gives what it took."""

    def _first(self, before: Handle | None) -> Value | None:
        """What the first turn takes; None where its layers must say it themselves."""
        layer, frame = self.layer, self.frame
        written = layer.sources
        if written is None:
            return before.first if before is not None else None
        if layer.form != "call":
            return self.builder.layers.start(layer, frame).first
        if written.positional is not None:
            if not written.positional:
                return UNKNOWN
            return frame.find(written.positional[0], self.problems)[0]
        references = written.named.get(self._port())
        if references is not None:
            return frame.one(references[0], self.problems)
        return before.first if before is not None else None

    def _port(self) -> str:
        """The name of the layer's first input."""
        block = self.layer.block
        if block is not None:
            return block.inputs[0]
        ports = OPS.find(self.layer.call).ports
        return ports[0].name if ports else ""

    def add(self, bound: dict[str, object]) -> bool:
        """One turn more; False where a problem has been recorded."""
        frame = self.frame.under(named(bound)) if bound else self.frame
        path = (*self.path, str(self.count))
        block = self.layer.form == "call" and self.layer.block is not None
        call = self._block(frame, path) if block else self._turn(frame, path, bound)
        if call is None:
            return False
        for value in call.outputs.values():
            if value not in call.inputs:
                value.type = without(value.type, bound)
        self.count += 1
        self.builder.layers.count += 1
        first = next(iter(call.outputs.values()))
        self.steady = self._joins(call)
        if not self.steady:
            self.calls.append(call)
        self.carried = first if not self.steady else self.carried
        return True

    def look_into(self, variables: Iterable[str]) -> None:
        """Records what is wrong in a turn whatever it takes, and its variables."""
        self.carried = UNKNOWN
        self.add(dict.fromkeys(variables, BROKEN_NAME))

    def _joins(self, call: Call) -> bool:
        """Whether a call is one more of the last one's; then it counts there."""
        if not self.calls:
            return False
        last = self.calls[-1]
        same = (
            call.body is last.body
            and call.owner == last.owner
            and call.inputs[1:] == last.inputs[1:]
            and memo_key(list(call.arguments.values()))
            == memo_key(list(last.arguments.values()))
            and _types(call.outputs) == _types(last.outputs)
            and bool(call.inputs)
            and call.inputs[0].type == next(iter(call.outputs.values())).type
        )
        if same:
            last.times += 1
        return same

    def extend(self, further: int) -> None:
        """So many more turns like the last."""
        self.calls[-1].times += further
        self.count += further
        self.builder.weigh(self.calls[-1].body.size * further, self.layer)

    def _block(self, frame: Frame, path: Path) -> Call | None:
        """A turn that is a call of a block; its inputs but the first stay as given."""
        layer, builder = self.layer, self.builder
        assert layer.block is not None
        before = Handle.of(self.carried) if self.carried is not None else None
        inputs = builder.inputs(layer.block, layer, frame, before)
        if inputs is not None and UNKNOWN not in inputs and self.count:
            assert self.carried is not None
            inputs = (self.carried, *inputs[1:])
        return builder.made(layer, path, frame, inputs)

    def _turn(self, frame: Frame, path: Path, bound: dict[str, object]) -> Call | None:
        """A turn of layers that see what stands around them."""
        builder, last = self.builder, self.calls[-1] if self.calls else None
        if (
            last is not None
            and not bound
            and last.inputs
            and self.carried is not None
            and last.inputs[0].type == self.carried.type
        ):
            inputs = (self.carried, *last.inputs[1:])
            return builder.use(last.body, path, inputs, self.layer, frame, bound)
        door = Door(frame)
        body = self._body(frame, door, bound)
        if body is None:
            return None
        given = () if self.carried is None else (self.carried,)
        inputs = (*given, *door.values)
        return builder.use(body, path, inputs, self.layer, frame, bound)

    def _body(self, frame: Frame, door: Door, bound: dict[str, object]) -> Body | None:
        builder, layer = self.builder, self.layer
        before = len(self.problems)
        trainable = builder.layers.trainable(layer, frame)
        scope = Scope((), inner=True)
        inner = Frame(
            scope,
            [],
            frame.evaluator,
            frame,
            door,
            trainable=trainable,
            in_body=True,
        )
        builder.depth += 1
        builder.turning += 1
        formal: dict[str, Value] = {}
        first: Handle | None = None
        if self.carried is not None:
            label = TURN if builder.turning == 1 else f"{TURN}_{builder.turning}"
            inner_value = Value("input", labelled(self.carried.type, label))
            formal["input"] = UNKNOWN if self.carried is UNKNOWN else inner_value
            first = inner.names[CARRIED] = Handle.of(formal["input"])
        if layer.form == "for":
            last = builder.layers.all(layer.layers, inner, first)
        else:
            plain = replace(layer, repeat=None, sources=self._sources())
            last = builder.layers.plain(plain, None, inner, first)
        builder.depth -= 1
        builder.turning -= 1
        outputs = dict((last or first or BROKEN).outputs)
        broken = len(self.problems) > before or UNKNOWN in outputs.values()
        if broken or self.carried is UNKNOWN:
            return None
        record_unused(inner.items, outputs.values(), self.problems)
        for value in door.values.values():
            name = value.name
            while name in formal:
                name += "_"
            formal[name] = value
        return builder.finished(None, formal, inner, outputs, bound)

    def _sources(self) -> Sources | None:
        """What the layer takes in a turn: what is carried in the place of its first."""
        written = self.layer.sources
        if written is None or self.layer.form != "call":
            return None
        carried = Reference(CARRIED, None, written.at)
        if written.positional is not None:
            return replace(written, positional=(carried, *written.positional[1:]))
        port = self._port()
        if port not in written.named:
            return written
        return replace(written, named={**written.named, port: (carried,)})

    def handle(self, kind: Literal["repeat", "for"], times: int = 0) -> Handle:
        """What the loop stands for once all turns are there."""
        if not self.calls:
            return self._nowhere()
        for call in self.calls:
            _name_last(call)
        written = self.layer.original or self.layer
        place = self.layer.at.at
        loop = Loop(self.path, kind, self.calls, place, written, times or self.count)
        self.frame.items.append(loop)
        outputs = self.calls[-1].outputs
        first, last = self.calls[0], next(iter(outputs.values()))
        if kind == "repeat" and first.inputs and last not in self.calls[-1].inputs:
            start, second = first.inputs[0], next(iter(first.outputs.values()))
            last.type = grown(start.type, second.type, last.type, loop.times)
        self.builder.called(outputs, self.name)
        return Handle(outputs, turns=self._every)

    def _nowhere(self) -> Handle:
        """What a loop without turns stands for: in a body, others may have some."""
        value, written = self.carried, self.layer.original or self.layer
        if value is None or value is UNKNOWN or not self.frame.in_body:
            if value is None:
                self.builder.layers.no_input(self.layer)
            return Handle.of(value or UNKNOWN)
        outputs = {"output": Value(".".join(self.path), value.type)}
        place, branch = self.layer.at.at, self.frame.branch
        skip = Skip(self.path, (value,), outputs, place, written, branch)
        self.frame.items.append(skip)
        self.builder.layers.taken.add(value)
        return Handle(outputs)

    def _every(self) -> list[Mapping[str, Value]]:
        """The outputs of every turn; calls that ran several times become several."""
        found: list[Call] = []
        for call in self.calls:
            found.extend(_spread(call))
        self.calls[:] = found
        return [call.outputs for call in found]


def _types(outputs: Mapping[str, Value]) -> list[object]:
    return [(name, value.type) for name, value in outputs.items()]


def _renamed(call: Call, path: Path) -> None:
    """Names what a call gives after the turn that gives it."""
    before = len(".".join(call.path))
    for value in set(call.outputs.values()) - set(call.inputs):
        value.name = ".".join(path) + value.name[before:]


def _last(call: Call) -> str:
    """The path of the last turn of a call, dotted."""
    *around, first = call.path
    return ".".join((*around, str(int(first) + call.times - 1)))


def _name_last(call: Call) -> None:
    """Names what a call gives after the turn that gives it."""
    before = len(".".join(call.path))
    for value in set(call.outputs.values()) - set(call.inputs):
        value.name = _last(call) + value.name[before:]


def _spread(call: Call) -> list[Call]:
    """The uses of a call, each on its own; the last gives the call's outputs."""
    found: list[Call] = []
    carried = call.inputs[:1]
    before = len(_last(call))
    for number, path in enumerate(call.paths(), 1):
        outputs = call.outputs
        if number < call.times:
            values = {
                v: v if v in call.inputs else _named(v, ".".join(path), before)
                for v in call.outputs.values()
            }
            outputs = {name: values[v] for name, v in call.outputs.items()}
        inputs = (*carried, *call.inputs[1:])
        found.append(replace(call, path=path, inputs=inputs, outputs=outputs, times=1))
        carried = (next(iter(outputs.values())),)
    return found


def _named(value: Value, path: str, before: int) -> Value:
    return Value(path + value.name[before:], value.type)

"""Calls of blocks and turns of loops: each body is built once for what it is given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from specgraph.ir.blocks import Asked, arguments, memo_key
from specgraph.ir.doors import door_labels, labelled, seen_from_outside
from specgraph.ir.graph import (
    UNKNOWN,
    Body,
    Call,
    Item,
    Node,
    Path,
    Value,
    written_out,
)
from specgraph.ir.loops import times, uses, variables
from specgraph.ir.scope import BROKEN, Frame, Handle, Scope
from specgraph.ir.turns import Turns
from specgraph.ir.unused import record_unused
from specgraph.spec.evaluate import BROKEN as BROKEN_NAME
from specgraph.spec.evaluate import Evaluator
from specgraph.spec.schema import Block, Layer
from specgraph.traced import named, numbers

if TYPE_CHECKING:
    from specgraph.ir.sequence import SequenceBuilder

MOST_EXPANDED = 100_000_000
"""Layers of a model with every repeat written out."""
MOST_NESTED = 100
"""Blocks inside each other."""


class CallBuilder:
    """Builds bodies, each once for its arguments and the types of its inputs."""

    def __init__(self, layers: SequenceBuilder) -> None:
        self.layers = layers
        self.problems = layers.problems
        self.bodies: dict[object, Body | None] = {}
        self.looked: set[int] = set()
        """The blocks that were looked into, each once, without being built."""
        self.names: dict[Value, str] = {}
        """For outputs of calls, what the layer is called."""
        self.expanded = 0
        self.depth = 0
        self.inputs_around: tuple[str, ...] = ()
        """The inputs of the block whose layers are being read."""
        self.turning = 0
        """The loops around the present layer, within its block."""

    def call(
        self, layer: Layer, name: str | None, frame: Frame, before: Handle | None
    ) -> Handle:
        """What a call of a block stands for."""
        block = layer.block
        assert block is not None
        inputs = self.inputs(block, layer, frame, before)
        path = frame.scope.path if name is None else (*frame.scope.path, name)
        call = self.made(layer, path, frame, inputs)
        if call is None:
            return BROKEN
        frame.items.append(call)
        self.called(call.outputs, name)
        return Handle(call.outputs)

    def made(
        self, layer: Layer, path: Path, frame: Frame, inputs: tuple[Value, ...] | None
    ) -> Call | None:
        """A call of a block on some values; None where a problem has been recorded."""
        block = layer.block
        assert block is not None
        sharing = self.layers.sharing
        target = None
        if layer.share is not None:
            target = sharing.target(layer, frame)
            if target is None:
                return None
        there = target.item if target is not None else None
        known = there.arguments if isinstance(there, Call) else None
        passed = arguments(block, layer, frame.evaluator, known)
        if passed is not None and target is not None:
            passed = sharing.passed(layer, target, passed)
        if passed is None or inputs is None or UNKNOWN in inputs:
            self.look_into(block, layer, passed or {})
            return None
        trainable = self.layers.trainable(layer, frame)
        if there is not None:
            trainable = there.trainable
        body = self.body(block, layer, passed, inputs, trainable)
        if body is None:
            return None
        if target is not None and not sharing.fits(layer, target, body):
            return None
        call = self.use(body, path, inputs, layer, frame, passed)
        call.trainable = trainable
        call.owner = target.owner if target is not None else None
        return call

    def called(self, outputs: Mapping[str, Value], name: str | None) -> None:
        """Notes what the layer is called that gives some values."""
        for value in outputs.values():
            if value.producer is None and name is not None:
                self.names.setdefault(value, name)

    def use(
        self,
        body: Body,
        path: Path,
        inputs: tuple[Value, ...],
        layer: Layer,
        frame: Frame,
        passed: dict[str, object],
    ) -> Call:
        """A call of a body; an output that is an input is that value itself."""
        self.weigh(body.size, layer)
        self.layers.taken.update(inputs)
        known = dict(zip(body.inputs.values(), inputs, strict=True))
        outputs = {}
        for key in body.outputs:
            value = body.given(key)
            if value not in known:
                name = ".".join(filter(None, (*path, value.name)))
                known[value] = Value(
                    name, seen_from_outside(value.type, body, inputs, passed)
                )
            outputs[key] = known[value]
        written = layer.original or layer
        return Call(
            path, body, inputs, outputs, layer.at.at, written, frame.branch, passed
        )

    def weigh(self, size: int, layer: Layer) -> None:
        """Counts layers as if all calls were written out; too many end everything."""
        if not self.depth:
            self.expanded += size
            size = self.expanded
        if size > MOST_EXPANDED:
            message = (
                f"{size:,} layers once written out; the limit is {MOST_EXPANDED:,}"
            )
            self.problems.fail("too-many-layers", message, layer.at)

    def inputs(
        self, block: Block, layer: Layer, frame: Frame, before: Handle | None
    ) -> tuple[Value, ...] | None:
        """The values at a block's inputs; None where a problem has been recorded."""
        written = layer.sources
        names = block.inputs
        found: dict[str, Value] = {}
        at = written.at if written is not None else layer.at
        if written is None or written.positional is None:
            if before is not None:
                found[names[0]] = before.first
            elif written is None:
                self.layers.no_input(layer)
                return None
        if written is not None and written.positional is not None:
            values = [
                v for one in written.positional for v in frame.find(one, self.problems)
            ]
            if not values:
                return None
            if len(values) > len(names):
                message = f"block `{block.name}` takes {_words(len(names))}"
                hint = f"its inputs: {', '.join(names)}"
                message = f"{message}, got {len(values)}"
                self.problems.add("bad-reference", message, at, hint)
                return None
            found = dict(zip(names, values, strict=False))
        for port, references in written.named.items() if written is not None else ():
            if port not in names:
                message = f"block `{block.name}` has no input `{port}`"
                hint = f"its inputs: {', '.join(names)}"
                self.problems.add("bad-reference", message, at, hint)
                return None
            found[port] = frame.one(references[0], self.problems)
            if len(references) > 1:
                message = f"input `{port}` of block `{block.name}` takes one value"
                self.problems.add("bad-reference", message, references[1].at)
                return None
        missing = [name for name in names if name not in found]
        if missing:
            message = f"block `{block.name}` needs {_words(len(names))}: "
            message += f"`{missing[0]}` is missing"
            hint = f"write `from: [{', '.join(names)}]`"
            self.problems.add("bad-reference", message, at, hint)
            return None
        return tuple(found[name] for name in names)

    def body(
        self,
        block: Block,
        layer: Layer,
        passed: dict[str, object],
        inputs: tuple[Value, ...],
        trainable: bool,
    ) -> Body | None:
        """The body of a block; None where a problem has been recorded."""
        if block.broken:
            return None
        key = (
            id(block),
            tuple(memo_key(value) for value in passed.values()),
            tuple(value.type for value in inputs),
            trainable,
        )
        if key not in self.bodies:
            if self.depth == MOST_NESTED:
                message = f"blocks nested more than {MOST_NESTED} deep, the limit"
                self.problems.fail("too-deep", message, layer.at)
            self.depth += 1
            around, self.inputs_around = self.inputs_around, block.inputs
            with self.problems.within(block.name, layer.at.at):
                self.bodies[key] = self._built(block, passed, inputs, trainable)
            self.inputs_around = around
            self.depth -= 1
        return self.bodies[key]

    def look_into(
        self, block: Block, layer: Layer, passed: Mapping[str, object]
    ) -> None:
        """Records what is wrong in a block whatever its inputs, and its other arguments.

        A call that cannot be built must not hide it.
        """
        if block.broken or id(block) in self.looked or self.depth == MOST_NESTED:
            return
        self.looked.add(id(block))
        unknown = {param.name: BROKEN_NAME for param in block.params}
        inputs = dict.fromkeys(("input", *block.inputs), BROKEN_NAME)
        known = {**numbers(block.names), **inputs, **unknown, **named(passed)}
        evaluator = Evaluator(known, self.problems)
        frame = Frame(Scope(()), [], evaluator, in_body=True)
        for name in block.inputs:
            frame.scope.taken[name] = block.at
            frame.names[name] = BROKEN
        first = BROKEN if len(block.inputs) == 1 else None
        self.depth += 1
        around, self.inputs_around = self.inputs_around, block.inputs
        with self.problems.within(block.name, layer.at.at):
            last = self.layers.all(block.layers, frame, first, block.outputs or ())
            self._outputs(block, frame, last or first)
        self.inputs_around = around
        self.depth -= 1

    def _built(
        self,
        block: Block,
        passed: dict[str, object],
        inputs: tuple[Value, ...],
        trainable: bool,
    ) -> Body | None:
        before = len(self.problems)
        labels = door_labels(block)
        formal = {
            name: Value(name, labelled(value.type, labels[name]))
            for name, value in zip(block.inputs, inputs, strict=True)
        }
        asked: dict[str, object] = {n: Asked(v) for n, v in formal.items()}
        asked["input"] = Asked(next(iter(formal.values())))
        known = {**numbers(block.names), **asked, **named(passed)}
        evaluator = Evaluator(known, self.problems)
        frame = Frame(Scope(()), [], evaluator, trainable=trainable, in_body=True)
        for name, value in formal.items():
            frame.scope.taken[name] = block.at
            frame.names[name] = Handle.of(value)
        first = next(iter(frame.names.values())) if len(formal) == 1 else None
        last = self.layers.all(block.layers, frame, first, block.outputs or ())
        outputs = self._outputs(block, frame, last or first)
        if len(self.problems) > before or UNKNOWN in outputs.values():
            return None
        record_unused(frame.items, outputs.values(), self.problems)
        return self.finished(block, formal, frame, outputs, passed)

    def _outputs(
        self, block: Block, frame: Frame, last: Handle | None
    ) -> dict[str, Value]:
        if block.outputs is None:
            return dict(last.outputs) if last is not None else {"output": UNKNOWN}
        return {
            output.name: frame.one(output.reference, self.problems)
            for output in block.outputs
        }

    def finished(
        self,
        block: Block | None,
        inputs: dict[str, Value],
        frame: Frame,
        outputs: dict[str, Value],
        passed: dict[str, object],
    ) -> Body:
        """A body, its size known."""
        size = _size(frame.items)
        return Body(block, inputs, frame.items, outputs, passed, size)

    def repeat(
        self, layer: Layer, name: str, frame: Frame, before: Handle | None
    ) -> Handle:
        """What a layer stands for that runs several times in a row."""
        assert layer.repeat is not None
        number = times(layer.repeat, frame.evaluator)
        turns = Turns(self, layer, name, frame, before)
        counter = layer.repeat.counter
        if number is None:
            turns.look_into((counter,) if counter else ())
            return BROKEN
        if counter is not None and not uses(layer, counter):
            counter = None
        if counter is not None:
            self.layers.leave_room(number, layer)
        for done in range(number):
            if not turns.add({counter: done} if counter else {}):
                return BROKEN
            if counter is None and turns.steady:
                turns.extend(number - done - 1)
                break
        return turns.handle("repeat", number)

    def loop(
        self, layer: Layer, name: str, frame: Frame, before: Handle | None
    ) -> Handle:
        """What a `for` stands for."""
        found = variables(layer, frame.evaluator)
        turns = Turns(self, layer, name, frame, before)
        if found is None:
            turns.look_into([variable for variable, _ in layer.loops])
            return BROKEN
        for bound in found:
            if not turns.add(bound):
                return BROKEN
        return turns.handle("for")


def _size(items: list[Item]) -> int:
    """The number of nodes with every call written out."""
    size = 0
    for item in written_out(items):
        if isinstance(item, Call):
            size += item.times * item.body.size
        else:
            size += isinstance(item, Node)
    return size


def _words(number: int) -> str:
    return f"{number} input{'s' * (number > 1)}"

"""Layers one after another: what each takes, what it is, and what it stands for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from specgraph.definition import show
from specgraph.ir.attributes import Attributes
from specgraph.ir.branches import written_out
from specgraph.ir.calls import CallBuilder
from specgraph.ir.graph import UNKNOWN, Group, Input, Node, Skip, Tie, Value
from specgraph.ir.infer import Ill, bind, infer
from specgraph.ir.owners import Target
from specgraph.ir.scope import BROKEN, Frame, Handle, Scope, entries, wanted
from specgraph.ir.sharing import Sharing, without_own
from specgraph.ops.base import Bound, Layout, Op
from specgraph.ops.regularize import SpatialDropout
from specgraph.ops.sizes import Bounds
from specgraph.ops.window import Windowed
from specgraph.spec import schema
from specgraph.spec.evaluate import Unreadable
from specgraph.spec.schema import Layer, Output
from specgraph.spec.source import Node as YamlNode

MOST_TOLD = 8
"""Operands that are told one by one."""
Operands = list[Value] | dict[str, list[Value]]
"""Values for an op, by position or by the names of its inputs."""


class SequenceBuilder:
    """Turns layers into nodes and calls; what has a problem stands for `BROKEN`."""

    def __init__(
        self,
        attributes: Attributes,
        inputs: dict[str, Input],
        bounds: dict[str, Bounds],
        layout: Layout,
    ) -> None:
        self.attributes = attributes
        self.problems = attributes.problems
        self.inputs = inputs
        self.bounds = bounds
        self.layout = layout
        self.calls = CallBuilder(self)
        self.sharing = Sharing(self)
        self.count = 0
        self.taken: set[Value] = set()
        """The values that some node or call takes."""

    def all(
        self,
        layers: tuple[Layer, ...],
        frame: Frame,
        before: Handle | None,
        outputs: Iterable[Output] = (),
    ) -> Handle | None:
        """Adds the layers of a scope; gives what the last one stands for."""
        layers = written_out(layers, frame)
        frame.scope.name_layers(layers, self.problems)
        if any(layer.when is not None for layer in entries(layers)):
            named = [output.reference.name for output in outputs]
            frame.wanted = wanted(layers, named)
        return self._sequence(layers, frame, before)

    def _sequence(
        self, layers: tuple[Layer, ...], frame: Frame, before: Handle | None
    ) -> Handle | None:
        names = frame.scope.layers
        frame.later = {names[id(layer)]: layer for layer in layers}
        for layer in layers:
            self.leave_room(1, layer)
            self.count += 1
            name = names[id(layer)]
            frame.current = layer
            before = self._layer(layer, name, frame, before)
            last = frame.items[-1] if frame.items else None
            if last is not None and last.path == (*frame.scope.path, name):
                frame.scope.made[name] = last
            frame.later.pop(name, None)
            frame.names[name] = before
            if layer.original is not None and layer.original.name:
                frame.names[layer.original.name] = before
        return before

    def leave_room(self, number: int, layer: Layer) -> None:
        """Ends everything where so many layers more would be too many."""
        if self.count + number > schema.MOST_LAYERS:
            message = f"more than {schema.MOST_LAYERS:,} layers, the limit"
            self.problems.fail("too-many-layers", message, layer.at)

    def _layer(
        self, layer: Layer, name: str, frame: Frame, before: Handle | None
    ) -> Handle:
        """What a layer stands for."""
        if layer.form == "broken":
            return BROKEN
        if layer.when is not None:
            holds = self.truth(layer.when, "when", frame)
            if holds is None:
                return BROKEN
            if not holds:
                return self._left_out(layer, name, frame, before)
        if layer.repeat is not None:
            return self.calls.repeat(layer, name, frame, before)
        return self.plain(layer, name, frame, before)

    def plain(
        self, layer: Layer, name: str | None, frame: Frame, before: Handle | None
    ) -> Handle:
        """A layer without its `when` and `repeat`; None for the name of a turn's own."""
        trainable = self.trainable(layer, frame)
        if layer.form == "for":
            assert name is not None
            return self.calls.loop(layer, name, frame, before)
        if layer.form == "call" and layer.block is not None:
            return self.calls.call(layer, name, frame, before)
        if layer.form == "call":
            target = None
            if layer.share is not None:
                target = self.sharing.target(layer, frame)
                op = self.sharing.op(layer, target, frame) if target else None
                trainable = target.item.trainable if target else trainable
            else:
                op = self._op(layer, frame)
            values = self._operands(layer, op, frame, before)
            return self._node(layer, op, name, frame, values, trainable, target=target)
        if layer.sources is not None:
            before = self.start(layer, frame)
        if layer.form == "group":
            return self._group(layer, name, frame, before, trainable)
        return self._branches(layer, name, frame, before, trainable)

    def truth(self, node: YamlNode, word: str, frame: Frame) -> bool | None:
        """A modifier that is true or false; None where a problem has been recorded."""
        try:
            value = frame.evaluator.value(node)
        except Unreadable:
            return None
        if isinstance(value, bool):
            return value
        message = f"`{word}` must be true or false, got {show(value)}"
        self.problems.add("wrong-type", message, node)
        return None

    def trainable(self, layer: Layer, frame: Frame) -> bool:
        """Whether a layer's weights are trained."""
        if layer.trainable is None:
            return frame.trainable
        value = self.truth(layer.trainable, "trainable", frame)
        return frame.trainable and value is not False

    def _left_out(
        self, layer: Layer, name: str, frame: Frame, before: Handle | None
    ) -> Handle:
        """What a layer stands for whose `when` is false."""
        passed = self._passed_on(layer, frame, before)
        if not frame.in_body or passed.first is UNKNOWN:
            return passed
        path = (*frame.scope.path, name)
        value = Value(".".join(path), passed.first.type)
        outputs = {"output": value}
        written = layer.original or layer
        inputs = (passed.first,)
        frame.items.append(
            Skip(path, inputs, outputs, layer.at.at, written, frame.branch)
        )
        self.taken.update(inputs)
        return Handle(outputs)

    def _passed_on(self, layer: Layer, frame: Frame, before: Handle | None) -> Handle:
        """What a layer that is left out passes on: the first of its inputs.

        Where that would leave nothing to take another one of them, it is that one.
        """
        written = layer.sources
        if written is None:
            if before is None:
                self.no_input(layer)
            return Handle.of((before or BROKEN).first)
        groups = list(written.named.values())
        references = written.positional or (groups[0] if groups else ())
        values = [frame.find(reference, self.problems)[0] for reference in references]
        for reference, value in zip(references, values, strict=True):
            if value not in self.taken and frame.asked(reference.name) == 1:
                return Handle.of(value)
        return Handle.of(values[0]) if values else BROKEN

    def start(self, layer: Layer, frame: Frame) -> Handle:
        """What a group, branches or a loop begin with by their `from`."""
        assert layer.sources is not None
        references = layer.sources.positional
        if references == ():
            return BROKEN
        if references is None or len(references) > 1:
            words = {"group": "a group takes", "for": "`for` takes"}
            what = words.get(layer.form, "`branches` take")
            message = f"{what} one input"
            hint = "layers inside can name others with `from`"
            self.problems.add("bad-reference", message, layer.sources.at, hint)
            return BROKEN
        return Handle.of(frame.one(references[0], self.problems))

    def no_input(self, layer: Layer) -> None:
        """Records that nothing stands before a layer that does not say what it takes."""
        names = ", ".join(self.calls.inputs_around or self.inputs)
        message = "the first layer must say what it takes"
        hint = f"write `from:` and one of the inputs: {names}"
        self.problems.add("missing-from", message, layer.at, hint)

    def _group(
        self,
        layer: Layer,
        name: str | None,
        frame: Frame,
        before: Handle | None,
        trainable: bool,
    ) -> Handle:
        if name is None:  # a turn of its own: its layers stand in the turn
            return self.all(layer.layers, frame, before) or BROKEN
        scope = Scope((*frame.scope.path, name), inner=True)
        group = Group(scope.path, [], layer.at.at)
        frame.items.append(group)
        inner = Frame(
            scope,
            group.items,
            frame.evaluator,
            frame,
            trainable=trainable,
            in_body=frame.in_body,
        )
        return self.all(layer.layers, inner, before) or BROKEN

    def _branches(
        self,
        layer: Layer,
        name: str | None,
        frame: Frame,
        before: Handle | None,
        trainable: bool,
    ) -> Handle:
        if name is None:
            (layer,) = written_out((replace(layer, repeat=None),), frame)
            frame.scope.name_layers((layer,), self.problems)
            name = frame.scope.layers[id(layer)]
            if layer.form == "broken":
                return BROKEN
        ends: dict[str, Value] = {}
        for number, (branch, layers) in enumerate(layer.branches):
            inner = frame.inside(branch, trainable)
            if layer.bindings:
                inner = inner.under(layer.bindings[number])
            last = self._sequence(layers, inner, before)
            if last is None:
                self.no_input(layer)
            ends[branch] = (last or BROKEN).first
        if layer.merge is None:
            return Handle(ends, several=True)
        op = self._op(layer.merge, frame)
        values = list(ends.values())
        return self._node(layer, op, name, frame, values, trainable, tuple(ends))

    def _op(self, layer: Layer, frame: Frame) -> Op | None:
        if layer.form == "broken":
            return None
        return self.attributes.op(layer.call, layer.argument, layer.at, frame.evaluator)

    def _operands(
        self, layer: Layer, op: Op | None, frame: Frame, before: Handle | None
    ) -> Operands:
        written = layer.sources
        if written is None:
            if op is not None and not op.ports:
                return []
            if before is None:
                self.no_input(layer)
            return [(before or BROKEN).first]
        if written.positional == ():
            return [UNKNOWN]
        if written.positional is not None:
            return [
                value
                for reference in written.positional
                for value in frame.find(reference, self.problems)
            ]
        named = {
            port: [v for one in found for v in frame.find(one, self.problems)]
            for port, found in written.named.items()
        }
        first = op.ports[0].name if op is not None and op.ports else None
        if first and first not in named and before is not None:
            named = {first: [before.first], **named}
        return named

    def _node(
        self,
        layer: Layer,
        op: Op | None,
        name: str | None,
        frame: Frame,
        values: Operands,
        trainable: bool,
        branches: tuple[str, ...] = (),
        target: Target | None = None,
    ) -> Handle:
        """A use of an op; of a `target`, with the weights of that."""
        if op is None:
            return BROKEN
        at = layer.sources.at if layer.sources else layer.at
        try:
            bound: Bound[Value] = bind(op, values, self.bounds)
        except Ill as error:
            self.problems.add(error.code, error.message, at, error.hint)
            return BROKEN
        if UNKNOWN in bound or self._asks_for_layout(op, bound):
            return BROKEN
        try:
            op, params, types = infer(op, bound.map(lambda value: value.type))
        except Ill as error:
            hint = error.hint
            if error.code == "shape-mismatch" and len(tuple(bound)) > 1:
                hint = "\n".join(filter(None, (hint, _taken(bound, branches))))
            self.problems.add(error.code, error.message, layer.at, hint)
            return BROKEN
        ties: dict[str, Tie] | None = {}
        if layer.tie is not None:
            ties = self.sharing.ties(layer, frame, op, params)
        if ties is None:
            return BROKEN
        if target is not None and not self.sharing.fits(layer, target, params):
            return BROKEN
        op, params = without_own(op, params, ties)
        path = frame.scope.path if name is None else (*frame.scope.path, name)
        dotted = ".".join(path)
        outputs = {
            key: Value(
                dotted if len(types) == 1 else f"{dotted}.{key}".lstrip("."), type_
            )
            for key, type_ in types.items()
        }
        written = layer.original or layer
        node = Node(
            path,
            op,
            bound,
            outputs,
            params,
            layer.at.at,
            trainable,
            frame.branch,
            written,
            owner=target.owner if target is not None else None,
            ties=self.sharing.ties_of(target) if target is not None else ties,
        )
        for value in outputs.values():
            value.producer = node
        self.taken.update(bound)
        frame.items.append(node)
        return Handle(outputs)

    def _asks_for_layout(self, op: Op, bound: Bound[Value]) -> bool:
        """Whether a spatial op takes an input that should have said its layout.

        A norm is no matter: its `axis`, left out, is the last one of such an input.
        """
        if self.layout != "channels_first" or not isinstance(
            op, SpatialDropout | Windowed
        ):
            return False
        for entry in self.inputs.values():
            two = len(entry.value.type.shape) == 2 and not entry.layout_written
            if two and entry.value in bound:
                self.problems.add(
                    "missing-layout",
                    f"input `{entry.name}` does not say where the channels are that "
                    f"{op.label} takes",
                    entry.at,
                    "write `layout: channels_first` ([channels, length]), "
                    "`channels_last` or `none` (channels last) at the input",
                )
                return True
        return False


def _taken(values: Bound[Value], branches: tuple[str, ...]) -> str:
    """What each of several operands is: its branch, or its name, and its shape."""
    names = branches or [value.name for value in values]
    told = [
        f"{'branch ' * bool(branches)}`{name}` is {value.type}"
        for name, value in zip(names, values, strict=True)
    ]
    return ", ".join(told[:MOST_TOLD] + ["…"] * (len(told) > MOST_TOLD))

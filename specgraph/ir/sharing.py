"""`share` and `tie`: what a layer takes over from the one whose weights it uses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from specgraph.definition import CallError, plain_form, show
from specgraph.diagnostics import closest
from specgraph.ir.blocks import memo_key
from specgraph.ir.graph import Body, Call, Item, Node, Path, Tie, written_out
from specgraph.ir.owners import Target, find, located, text_of
from specgraph.ir.scope import Frame
from specgraph.ops.base import OPS, Op, Param
from specgraph.spec.evaluate import Unreadable
from specgraph.spec.schema import Layer

if TYPE_CHECKING:
    from specgraph.ir.sequence import SequenceBuilder

Shape = tuple[int, ...]
OWN = ("initializer", "regularizer", "constraint")
"""What is said of a weight where it is."""


class Sharing:
    """Resolves `share` and `tie` while layers become nodes and calls."""

    def __init__(self, layers: SequenceBuilder) -> None:
        self.layers = layers
        self.problems = layers.problems

    def target(self, layer: Layer, frame: Frame) -> Target | None:
        """What `share` names, if a layer of this kind can have its weights."""
        assert layer.share is not None
        text = text_of(layer.share, "share", frame)
        if text is None:
            return None
        found = find(text, layer.share, frame, self.problems)
        if found is None or not self._is_alike(layer, found):
            return None
        return found if self._is_trained_alike(layer, found, frame) else None

    def _is_alike(self, layer: Layer, found: Target) -> bool:
        item = found.item
        block = item.body.block if isinstance(item, Call) else None
        other = f"{item.op.label}" if isinstance(item, Node) else ""
        what = f"block `{block.name}`" if block is not None else other
        label = OPS.find(layer.call).label if layer.block is None else ""
        own = f"block `{layer.block.name}`" if layer.block is not None else label
        message = ""
        if block is not layer.block or label != other:
            message = f"`{found.name}` (line {found.line}) is {what}, this is {own}"
        elif not any(True for _ in weights_of([item])):
            message = f"`{found.name}` (line {found.line}) has no weights to share"
        if message:
            self.problems.add("bad-share", message, layer.share)
        return not message

    def _is_trained_alike(self, layer: Layer, found: Target, frame: Frame) -> bool:
        if layer.trainable is None:
            return True
        trained = found.item.trainable
        if self.layers.truth(layer.trainable, "trainable", frame) in (None, trained):
            return True
        word = "trained" if trained else "frozen"
        message = f"the weights are those of `{found.name}`, which is {word}"
        hint = f"say `trainable` there (line {found.line})"
        self.problems.add("bad-share", message, layer.trainable, hint)
        return False

    def op(self, layer: Layer, found: Target, frame: Frame) -> Op | None:
        """The op of the other layer, with which all that is written here must agree."""
        assert isinstance(found.item, Node)
        op = found.item.op
        if layer.argument is None:
            return op
        attributes = self.layers.attributes
        try:
            written = type(op).attributes_of(frame.evaluator.value(layer.argument))
            known = {name: plain_form(value) for name, value in op.attributes().items()}
            here = type(op).build({**known, **written}, attributes.semantics)
        except Unreadable:
            return None
        except CallError as error:
            for problem in error.problems:
                attributes.record(problem, layer.argument, layer.at)
            return None
        differing = [
            name for name in written if getattr(here, name) != getattr(op, name)
        ]
        for name in differing:
            values = plain_form(getattr(here, name)), plain_form(getattr(op, name))
            self._differs(layer, found, name, *values)
        return None if differing else op

    def _differs(
        self, layer: Layer, found: Target, name: str, here: object, there: object
    ) -> None:
        """Records an attribute that is another one than that of the weights' owner."""
        node = layer.argument
        inner = getattr(node, "items", None)
        if isinstance(inner, dict):
            node = inner.get(name, node)
        message = f"`{name}` is {show(here)} here, but {show(there)} at "
        message += f"`{found.name}` (line {found.line}), whose weights it uses"
        hint = f"leave out `{name}`, or a layer of its own is meant"
        self.problems.add("bad-share", message, node, hint)

    def passed(
        self, layer: Layer, found: Target, passed: Mapping[str, object]
    ) -> dict[str, object] | None:
        """The arguments of the other call, with which those written here must agree."""
        assert isinstance(found.item, Call)
        there = found.item.arguments
        differing = [
            name
            for name, value in passed.items()
            if memo_key(value) != memo_key(there[name])
        ]
        for name in differing:
            self._differs(layer, found, name, passed[name], there[name])
        return None if differing else dict(there)

    def fits(self, layer: Layer, found: Target, here: Sequence[Param] | Body) -> bool:
        """Whether the other's weights are those that this layer or body needs."""
        item = found.item
        there = dict(_shapes(item.params if isinstance(item, Node) else item.body))
        own = dict(_shapes(here))
        for name in own.keys() | there.keys():
            if own.get(name) == there.get(name):
                continue
            message = f"the weights of `{found.name}` (line {found.line}) do not fit: "
            message += f"`{name}` is {_words(there.get(name))} there"
            message += f", and would be {_words(own.get(name))} here"
            hint = "what goes into both must have the same features"
            self.problems.add("shape-mismatch", message, layer.share, hint)
            return False
        return True

    def ties_of(self, target: Target) -> dict[str, Tie]:
        """The ties of the other layer, seen from here."""
        assert isinstance(target.item, Node)
        return {
            name: replace(tie, owner=located(tie.owner, (), target.homes))
            for name, tie in target.item.ties.items()
        }

    def ties(
        self, layer: Layer, frame: Frame, op: Op, params: Sequence[Param]
    ) -> dict[str, Tie] | None:
        """By weight of a layer, the one that it is; None if a problem was recorded."""
        assert layer.tie is not None
        found: dict[str, Tie] = {}
        own = {param.name: param for param in params}
        for name, node in layer.tie.items.items():
            at = layer.tie.keys[name]
            if name not in own:
                near = closest(name, own)
                hint = f"did you mean `{near}`?" if near else ""
                known = ", ".join(own) or "none"
                message = f"{op.label} has no weight `{name}` here"
                self.problems.add(
                    "bad-tie", message, at, hint or f"its weights: {known}"
                )
                return None
            if not self._is_silent(layer, name):
                return None
            text = text_of(node, "tie", frame)
            tie = self._tie(text, node, frame, own[name]) if text is not None else None
            if tie is None:
                return None
            found[name] = tie
        return found

    def _is_silent(self, layer: Layer, weight: str) -> bool:
        """Whether a layer says nothing of a tied weight that is said of it elsewhere."""
        written = getattr(layer.argument, "items", None)
        if not isinstance(written, dict):
            return True
        for word in OWN:
            key = f"{weight}_{word}"
            if key in written:
                message = f"`{weight}` is tied: its {word} is that of the other weight"
                at = layer.argument.keys[key]  # type: ignore[union-attr]
                self.problems.add("bad-tie", message, at, f"leave out `{key}`")
                return False
        return True

    def _tie(self, text: str, node: object, frame: Frame, own: Param) -> Tie | None:
        path, _, name = text.rpartition(".")
        if not path:
            message = f"`tie` names a weight of another layer, got {text}"
            hint = f"write `{text}.kernel`, or what the weight is called"
            self.problems.add("bad-tie", message, node, hint)  # type: ignore[arg-type]
            return None
        found = find(path, node, frame, self.problems)  # type: ignore[arg-type]
        if found is None:
            return None
        params = found.item.params if isinstance(found.item, Node) else ()
        other = next((param for param in params if param.name == name), None)
        if other is None or not isinstance(found.item, Node):
            known = ", ".join(param.name for param in params) or "none"
            message = f"`{path}` (line {found.line}) has no weight `{name}`"
            self.problems.add("bad-tie", message, node, f"its weights: {known}")  # type: ignore[arg-type]
            return None
        if not (own.trainable and other.trainable):
            message = f"`{text}` and `{own.name}` are not both weights that are trained"
            self.problems.add("bad-tie", message, node)  # type: ignore[arg-type]
            return None
        axes = _axes(own, other)
        if axes and (own.gates or other.gates):
            axes = None
        if axes is None:
            message = f"`{own.name}` is {list(own.shape)}, and `{text}` "
            message += f"(line {found.line}) is {list(other.shape)}"
            hint = "a weight is another one as it is, or transposed"
            self.problems.add("shape-mismatch", message, node, hint)  # type: ignore[arg-type]
            return None
        return _followed(found, name, axes)


def without_own(
    op: Op, params: tuple[Param, ...], ties: Mapping[str, Tie]
) -> tuple[Op, tuple[Param, ...]]:
    """The op and its weights without what `defaults` say of the tied ones."""
    if not ties:
        return op, params
    said = {f"{name}_{word}" for name in ties for word in OWN[1:]}
    fields = said & set(type(op).model_fields)
    if fields:
        op = op.filled(**dict.fromkeys(fields))
    return op, tuple(
        replace(param, regularizer=None, constraint=None)
        if param.name in ties
        else param
        for param in params
    )


def _followed(found: Target, name: str, axes: tuple[int, ...]) -> Tie:
    """The tie to where a weight really is, if that is tied itself."""
    assert isinstance(found.item, Node)
    first = found.item.ties.get(name)
    if first is None:
        return Tie(found.owner, name, axes, found.item.trainable)
    owner = located(first.owner, (), found.homes)
    if first.axes and axes:
        axes = tuple(first.axes[axis] for axis in axes)
        axes = () if axes == tuple(range(len(axes))) else axes
    return Tie(owner, first.weight, axes or first.axes, first.trained)


def _axes(own: Param, other: Param) -> tuple[int, ...] | None:
    """How the axes of a weight are ordered to be another one; None if they cannot be.

    A table and a kernel lie the other way round even where both are square.
    """
    turned = tuple(reversed(range(len(other.shape))))
    may_turn = len(turned) == 2 and own.shape == other.shape[::-1]
    if may_turn and (own.name == "embeddings") != (other.name == "embeddings"):
        return turned
    if own.shape == other.shape:
        return ()
    return turned if may_turn else None


def weights_of(items: Sequence[Item]) -> Iterator[tuple[Path, Param]]:
    """All that layers compute with, their own or not, each use of a body once."""
    for item in written_out(items):
        if isinstance(item, Node):
            for param in item.params:
                yield item.path, param
        elif isinstance(item, Call):
            for path, param in weights_of(item.body.items):
                yield (*item.path, *path), param


def _shapes(thing: Sequence[Param] | Body) -> Iterator[tuple[str, Shape]]:
    """Weights by what they are called within a layer or a body."""
    if isinstance(thing, Body):
        for path, param in weights_of(thing.items):
            yield ".".join((*path, param.name)), param.shape
        return
    for param in thing:
        yield param.name, param.shape


def _words(shape: Shape | None) -> str:
    return "missing" if shape is None else str(list(shape))

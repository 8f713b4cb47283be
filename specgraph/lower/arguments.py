"""What the code of a shape must be given, and what each use gives."""

from __future__ import annotations

from collections.abc import Mapping

from specgraph.ir.graph import Call
from specgraph.lower.merge import Environment, Merge, NotUniform, listed
from specgraph.lower.parts import Part, Shape, is_word, label_of
from specgraph.lower.pycode import Const, Expr, Tuple
from specgraph.spec.source import Node, Scalar, Sequence
from specgraph.traced import Named, placed


def parameters(shape: Shape, merge: Merge) -> None:
    """Settles what a shape must be given: sizes of inputs, parameters, then the rest."""
    part = shape.first
    used = list(merge.used)
    labels = [label_of(value) for value in part.body.inputs.values()]
    own = list(part.body.arguments)
    known = [name for name in (*labels, *own) if name in used]
    outer = [n for n in used if n not in known and n not in merge.holes]
    shape.holes = dict(merge.holes)
    names = [*known, *outer, *merge.holes]
    block = part.body.block
    for param in block.params if block is not None else ():
        default = _written(param.default)
        if is_word(default):
            shape.defaults[param.name] = default
    shape.params = [n for n in names if n and n not in shape.defaults]
    shape.params += [n for n in names if n and n in shape.defaults]


def passed(shape: Shape, part: Part, call: Call, outer: Environment) -> dict[str, Expr]:
    """What a call gives for each parameter of the code it uses."""
    found: dict[str, Expr] = {}
    labels = {
        label_of(formal): actual.type
        for formal, actual in zip(call.body.inputs.values(), call.inputs, strict=True)
    }
    for name in shape.params:
        value: object
        if name in shape.holes:
            value = shape.holes[name][part.index]
        elif name in labels:
            value = labels[name].channels
        elif name in call.arguments:
            value = call.arguments[name]
        else:
            value = outer.get(name, part.environment[name])
            value = placed(value, Named(name))
        if not is_word(value):
            raise NotUniform(f"{name} is no number")
        found[name] = literal(value)
    return found


def literal(value: object) -> Expr:
    """A word as code, or a list of such."""
    if isinstance(value, list | tuple):
        return Tuple([literal(item) for item in value])
    return Const(value)  # type: ignore[arg-type]


def _written(node: Node | None) -> object:
    """A default as it is written; None where it is computed, or there is none."""
    if isinstance(node, Sequence):
        return tuple(_written(item) for item in node.items)
    if isinstance(node, Scalar) and "$" not in node.text:
        return node.value
    return None


def arguments(
    shape: Shape, given: Mapping[str, Expr]
) -> tuple[list[Expr], dict[str, Expr]]:
    """The same as a call says them: the first by position, defaults left out."""
    first = [name for name in shape.params[:2] if name not in shape.holes]
    args = [given[name] for name in first if name not in shape.defaults]
    named = {
        name: value
        for name, value in given.items()
        if name not in first or name in shape.defaults
    }
    for name, default in shape.defaults.items():
        if name in named and _is(listed(named[name]), default):
            del named[name]
    return args, named


def _is(value: object, default: object) -> bool:
    """Whether a value is a default, and not a formula that happens to give it."""
    if isinstance(value, tuple) and isinstance(default, tuple):
        return len(value) == len(default) and all(map(_is, value, default))
    return type(value) is type(default) and value == default

"""What the code of a shape must be given, and what each use gives."""

from __future__ import annotations

from collections.abc import Mapping

from specgraph.ir.graph import Call
from specgraph.lower.merge import Environment, Merge, NotUniform
from specgraph.lower.parts import Part, Shape, is_word, label_of
from specgraph.lower.pycode import Const, Expr
from specgraph.spec.source import Scalar
from specgraph.traced import Named, traced


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
        node = param.default
        if isinstance(node, Scalar) and is_word(node.value) and "$" not in node.text:
            shape.defaults[param.name] = node.value
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
            if isinstance(value, int | float):
                value = traced(value, Named(name))
        if not is_word(value):
            raise NotUniform(f"{name} is no number")
        found[name] = Const(value)  # type: ignore[arg-type]
    return found


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
        value = named.get(name)
        same = isinstance(value, Const) and value.value == default
        if same and type(value.value) is type(default):  # type: ignore[union-attr]
            del named[name]
    return args, named

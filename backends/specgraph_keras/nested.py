"""Blocks that are used again: a model of their own, built once, called on each input."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from specgraph.ir.graph import Loop, Path
from specgraph.lower.code import Argument, call, item
from specgraph.lower.program import Invoke, Program
from specgraph.lower.pycode import (
    Assign,
    Attr,
    Const,
    Expr,
    For,
    List,
    Name,
    Slice,
    Starred,
    Stmt,
    Tuple,
)
from specgraph.lower.rules import Lowered
from specgraph.spec.names import variable_name


@dataclass(slots=True)
class Nested:
    """The models in one function, and their variables."""

    program: Program
    models: dict[Path, Name] = field(default_factory=dict)
    """By the path of the use that they are built for."""

    def lend(
        self,
        one: Invoke,
        inputs: list[Expr],
        made: list[Expr],
        name: Expr,
        function: Callable[[list[Expr]], Expr],
    ) -> Lowered:
        """The first use of a block: its model, then a call of that."""
        stem = variable_name("_".join(one.path))
        entered = Name(self._fresh(f"{stem}_inputs"))
        model = self.models[one.path] = Name(self._fresh(f"{stem}_model"))
        titles = one.step.calls[0] if isinstance(one.step, Loop) else one.step
        placeholders = [
            _placeholder(value, title, formal.type.dtype)
            for value, (title, formal) in zip(
                inputs, titles.body.inputs.items(), strict=True
            )
        ]
        alone = len(placeholders) == 1
        given: list[Expr] = [entered if alone else Starred(entered)]
        built = call("keras.Model", entered, function(given), name=name)
        start = placeholders[0] if alone else List(placeholders)
        before: list[Stmt] = [Assign([entered], start), Assign([model], built)]
        called = _called(model, inputs, made)
        return Lowered(called.outputs, body=[*before, *called.body])

    def again(self, one: Invoke, inputs: list[Expr], made: list[Expr]) -> Lowered:
        """A further use of a block, or as many as a loop turns."""
        assert one.owner is not None
        model = self.models[one.owner]
        if not isinstance(one.step, Loop):
            return _called(model, inputs, made)
        carried = made[0]
        body: list[Stmt] = []
        if inputs[0] != carried:
            body.append(Assign([carried], inputs[0]))
        value = call(model, _arguments([carried, *inputs[1:]]))
        turns = call("range", Const(one.step.times))
        body.append(For(Name("_"), turns, [Assign(_targets(made), value)]))
        return Lowered({"output": carried}, body=body)

    def _fresh(self, wanted: str) -> str:
        taken = {"_".join(part.path) for part in self.program.items}
        taken |= {*self.program.inputs, *(one.id for one in self.models.values())}
        while wanted in taken:
            wanted += "_"
        return wanted


def _placeholder(value: Expr, title: str, dtype: str) -> Expr:
    """An input of the shape that a value has."""
    sizes = item(Attr(value, "shape"), Slice(Const(1)))
    named: dict[str, Argument] = {} if dtype == "float32" else {"dtype": dtype}
    return call("keras.Input", sizes, **named, name=title)


def _arguments(inputs: Sequence[Expr]) -> Expr:
    return inputs[0] if len(inputs) == 1 else List(list(inputs))


def _targets(made: list[Expr]) -> list[Expr]:
    return list(made) if len(made) == 1 else [Tuple(list(made))]


def _called(model: Expr, inputs: list[Expr], made: list[Expr]) -> Lowered:
    """A model called on values; of several results each has its variable."""
    value = call(model, _arguments(inputs))
    if len(made) == 1:
        return Lowered({"output": value})
    return Lowered({"output": made[0]}, body=[Assign(_targets(made), value)])

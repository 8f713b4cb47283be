"""Blocks as functions: each adds its layers to a functional model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from specgraph.ir.graph import Graph, Loop, Path
from specgraph.lower.code import call, item
from specgraph.lower.conditions import presence, runs_nowhere
from specgraph.lower.emit import Body, Dialect, Writer
from specgraph.lower.layout import channels_last
from specgraph.lower.merge import (
    Environment,
    Merge,
    NotUniform,
    either,
    ended,
    gathered,
    under,
)
from specgraph.lower.parts import (
    Part,
    Parts,
    Shape,
    arguments,
    by_owner,
    label_of,
    parameters,
    passed,
)
from specgraph.lower.program import Invoke, Pass
from specgraph.lower.pycode import (
    Assign,
    Attr,
    Const,
    Expr,
    For,
    FString,
    FunctionDef,
    Name,
    Param,
    Return,
    Stmt,
    Tuple,
)
from specgraph.lower.rules import Lowered, Rules
from specgraph.lower.variables import key_of
from specgraph.lower.vectors import INDICES, walk
from specgraph.ops.base import Op
from specgraph_keras.hoist import Hoisted
from specgraph_keras.inline import changes, joined, put
from specgraph_keras.naming import LayerNames
from specgraph_keras.nested import Nested
from specgraph_keras.order import in_order
from specgraph_keras.ties import tied

NAME = Name("name")
Named = Callable[[Path, str], Expr]
"""The name of a layer by its path and a suffix, as an expression."""


class KerasParts:
    """The functions of a model's blocks, and how the code around them uses them."""

    def __init__(
        self,
        graph: Graph,
        rules: Rules[Op],
        dialect: Dialect,
        reserved: frozenset[str],
    ) -> None:
        self.dialect = dialect
        self.reserved = reserved | {"name"}
        self.parts = Parts(graph, rules, reserved, channels_last, in_order)
        self.names: dict[Part, LayerNames] = {}
        self.shapes: list[Shape] = []
        for shape in self.parts.shapes(self._lower, self._unite, set(reserved)):
            self.shapes.append(shape)

    @property
    def titles(self) -> set[str]:
        """What the functions are called: a variable of that name would hide one."""
        return {_function_name(shape) for shape in self.shapes}

    def functions(self) -> list[Stmt]:
        """The definitions, each after those that it uses."""
        return [
            self._function(shape) for shape in self.shapes if not self.inline(shape)
        ]

    # One instance

    def _lower(self, part: Part, named: Mapping[Path, Sequence[str]] | None) -> Body:
        """The code of one instance, under the names of another if there is one."""
        local = self.names.setdefault(part, LayerNames(part.program))

        def layer_name(path: Path, suffix: str = "") -> Expr:
            if not path:
                return FString([NAME, suffix]) if suffix else NAME
            return FString([NAME, f"_{local.of(path, suffix)}"])

        hoisted, nested = Hoisted(), Nested(part.program)
        own = replace(
            self.dialect,
            layer=lambda use, suffix: layer_name(use.home, suffix),
            layer_name=lambda use: local.of(use.home) if use.home else "",
            hoist=hoisted.use,
            tie=lambda use, at, owned: tied(
                use,
                at,
                owned,
                lambda other: hoisted.variable(other, layer_name(other.home)),
            ),
            prefix=lambda use: "",
            reorder=lambda entry, value: call(
                call(
                    "layers.Permute",
                    Tuple([Const(axis) for axis in entry.axes[1:]]),
                    name=layer_name(entry.path, "_permute"),
                ),
                value,
            ),
            invoke=lambda one, inputs, made: self.invoke(
                part, one, inputs, made, layer_name(one.path), nested
            ),
            skip=_skip,
            reserved=self.dialect.reserved | {"name", *INDICES} | self.titles,
            keeps_inputs=False,
            mark=part.mark,
        )
        writer = Writer(part.program, own, named)
        code = writer.write()
        values = list(dict.fromkeys(part.program.outputs.values()))
        if len(values) == 1:
            code.statements.append(writer.result({"output": values[0]}))
        else:
            read = [writer.body.read(value) for value in values]
            code.statements.append(Return(Tuple(read)))
        code.owners.append(("return",))
        return code

    # All instances

    def _unite(self, shape: Shape) -> None:
        """The one code of a shape's instances; raises NotUniform."""
        parts = shape.members
        environments = [part.environment for part in parts]
        merge = Merge(
            environments,
            taken=self.parts.taken,
            mark=shape.mark,
            marks=frozenset(part.mark for part in parts),
        )
        grouped = [
            by_owner(part.code.owners, part.code.statements)
            for part in parts
            if part.code is not None
        ]
        first = grouped[0]
        if any(set(one) - set(first) for one in grouped):
            raise NotUniform("other layers")
        shape.statements = []
        for owner in first:
            each = [one.get(owner, []) for one in grouped]
            what = "_".join(owner) or "value"
            shape.statements += self._owned(shape, owner, each, merge, what)
        shape.statements = ended(gathered(shape.statements))
        parameters(shape, merge)
        shape.inits = {}
        if set(shape.params) & (self.reserved | self.titles):
            raise NotUniform("a parameter hides a module")

    def _owned(
        self,
        shape: Shape,
        owner: Path,
        each: list[list[Stmt]],
        merge: Merge,
        what: str,
    ) -> list[Stmt]:
        """The statements of one layer, under a condition where not all have it."""
        there = [_is_there(part, owner) for part in shape.members]
        if all(there) or not any(there):
            return merge.code(each, what)
        found = merge.only(each, there, True, what)
        lacking = [p for p, is_ in zip(shape.members, there, strict=True) if not is_]
        if runs_nowhere(found, owner, lacking):
            return found
        without = merge.only(each, there, False, what)
        code = each[there.index(True)]
        test = presence(shape.first, owner, there, merge, code)
        return either(test, found, without)

    # The code around

    def invoke(
        self,
        part: Part | None,
        one: Invoke,
        inputs: list[Expr],
        made: list[Expr],
        name: Expr,
        nested: Nested,
    ) -> Lowered:
        """A use of a body in the code of a part, or of the model itself."""
        outer = part.environment if part is not None else {}
        if one.owner is not None:
            return nested.again(one, inputs, made)
        if isinstance(one.step, Loop):
            depth = _depth(part, self.parts)
            mark = part.mark if part is not None else ""
            return self._loop(one, outer, inputs, made, name, depth, mark)
        used = self.parts.by_body[one.step.body]
        assert used.shape is not None
        given = passed(used.shape, used, one.step, outer)
        shape = used.shape
        if one.lends:
            return nested.lend(
                one,
                inputs,
                made,
                name,
                lambda entered: self._called(shape, given, entered, name),
            )
        value = self._called(shape, given, inputs, name)
        if len(made) == 1:
            return Lowered({"output": value})
        return Lowered({"output": made[0]}, body=[Assign([Tuple(list(made))], value)])

    def _called(
        self, shape: Shape, given: Mapping[str, Expr], inputs: list[Expr], name: Expr
    ) -> Expr:
        labels = {label_of(value) for value in shape.first.body.inputs.values()}
        known = {key: value for key, value in given.items() if key not in labels}
        bare = replace(shape, params=[p for p in shape.params if p not in labels])
        args, named = arguments(bare, known)
        return call(_function_name(shape), *inputs, *args, **named, name=name)

    def _loop(
        self,
        one: Invoke,
        outer: Environment,
        inputs: list[Expr],
        made: list[Expr],
        name: Expr,
        depth: int,
        mark: str,
    ) -> Lowered:
        loop = one.step
        assert isinstance(loop, Loop)
        used = [self.parts.by_body[turn.body] for turn in loop.calls]
        shape = used[0].shape
        assert shape is not None
        if any(part.shape is not shape for part in used) or depth >= len(INDICES):
            raise NotUniform("turns of several shapes")
        vectors = [
            passed(shape, part, turn, outer)
            for part, turn in zip(used, loop.calls, strict=True)
        ]
        index = Name(INDICES[depth])
        given, target, over = self._turns(shape, loop, vectors, index, outer)
        carried = made[0]
        before: list[Stmt] = []
        if inputs[0] != carried:
            before.append(Assign([carried], inputs[0]))
        taken = [carried, *inputs[1:]]
        inner_name = joined(name, index)
        if self.inline(shape):
            inlined = self._inlined(shape, given, taken, made, inner_name)
            body = under(inlined, mark)
            if not body:
                return Lowered({"output": inputs[0]})
        else:
            value = self._called(shape, given, taken, inner_name)
            targets = made if len(made) == 1 else [Tuple(list(made))]
            body = [Assign(list(targets), value)]
        return Lowered({"output": carried}, body=[*before, For(target, over, body)])

    def _turns(
        self,
        shape: Shape,
        loop: Loop,
        vectors: list[dict[str, Expr]],
        index: Name,
        outer: Environment,
    ) -> tuple[dict[str, Expr], Expr, Expr]:
        """What each turn is given, the variables of the loop, and what they walk."""
        labels = {label_of(value) for value in shape.first.body.inputs.values()}
        varying = [
            name
            for name in shape.params
            if name not in labels
            and any(vector[name] != vectors[0][name] for vector in vectors)
        ]
        same = {n: v for n, v in vectors[0].items() if n not in varying}
        found = walk(loop, vectors, varying, outer, index, outer)
        return found.given(same), *found.over(True, index, Const(loop.times))

    def inline(self, shape: Shape) -> bool:
        """Whether a turn needs no function: all it does is change one value."""
        part = shape.first
        if part.body.block is not None or len(part.body.outputs) != 1:
            return False
        labels = {label_of(value) for value in part.body.inputs.values()}
        if labels & set(shape.params):
            return False
        own = _inputs(part)[0]
        return all(changes(statement, own) for statement in shape.statements)

    def _inlined(
        self,
        shape: Shape,
        given: Mapping[str, Expr],
        taken: list[Expr],
        made: list[Expr],
        name: Expr,
    ) -> list[Stmt]:
        known = {
            **given,
            **dict(zip(_inputs(shape.first), taken, strict=True)),
            "name": name,
        }
        statements: list[Stmt] = []
        for statement in shape.statements:
            if not isinstance(statement, Return):
                statements.append(put(statement, known))
                continue
            assert statement.value is not None
            if statement.value != Name(_inputs(shape.first)[0]):
                value = put(statement.value, known)
                statements.append(Assign([made[0]], value))
        return statements

    # Printing

    def _function(self, shape: Shape) -> FunctionDef:
        labels = {}
        for title, value in zip(
            _inputs(shape.first), shape.first.body.inputs.values(), strict=True
        ):
            labels[label_of(value)] = title
        params = [Param(title) for title in _inputs(shape.first)]
        for name in shape.params:
            if name not in labels:
                default = shape.defaults.get(name)
                has = name in shape.defaults
                params.append(Param(name, None, Const(default) if has else None))  # type: ignore[arg-type]
        title = _function_name(shape)
        params.append(Param("name", None, Const(title)))
        body: list[Stmt] = []
        for name in shape.params:
            if name in labels:
                size = item(Attr(Name(labels[name]), "shape"), -1)
                body.append(Assign([Name(name)], size))
        return FunctionDef(title, params, None, [*body, *shape.statements])


def _function_name(shape: Shape) -> str:
    part = shape.first
    wanted = part.program.graph.name
    suffix = shape.name[len(shape.name.rstrip("0123456789")) :]
    return f"{wanted}_{suffix}" if suffix and not wanted.endswith(suffix) else wanted


def _is_there(part: Part, owner: Path) -> bool:
    """Whether an instance has a layer."""
    if owner == ("return",):
        return True
    for one in part.program.items:
        if key_of(one) == owner:
            return not isinstance(one, Pass)
    return False


def _skip(one: Pass, value: Expr, made: Expr) -> Lowered:
    """A layer that is left out here: its value is what it takes."""
    return Lowered({"output": value})


def _inputs(part: Part) -> list[str]:
    """The values that the function takes."""
    assert part.code is not None
    return [part.code.names[entry.value] for entry in part.program.inputs.values()]


def _depth(part: Part | None, parts: Parts) -> int:
    """How many loops of the same function stand around a part's code."""
    depth = 0
    while part is not None and part.body.block is None:
        depth += 1
        part = part.outer
    return depth

"""Blocks as functions: each adds its layers to a functional model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from specgraph.ir.graph import Graph, Loop, Path
from specgraph.lower.arguments import arguments, literal, parameters, passed
from specgraph.lower.choices import decided, either, ended, gathered
from specgraph.lower.code import call, item
from specgraph.lower.conditions import presence, runs_nowhere
from specgraph.lower.emit import Body, Dialect, Writer
from specgraph.lower.layout import channels_last
from specgraph.lower.merge import Environment, Merge, NotUniform, under
from specgraph.lower.parts import (
    Part,
    Parts,
    Shape,
    by_owner,
    label_of,
    names_of_inputs,
)
from specgraph.lower.program import Invoke, Pass, Reorder
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
from specgraph.lower.runs import Run, loop_mark, runs, variables
from specgraph.lower.variables import key_of
from specgraph.lower.vectors import INDICES, vary, walk
from specgraph.ops.base import Op
from specgraph_keras.hoist import Hoisted
from specgraph_keras.inline import changes, inlined, joined
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
        for shape in self.parts.shapes(self._lower, self._unite, set(reserved), str):
            self.shapes.append(shape)

    @property
    def titles(self) -> set[str]:
        """What the functions are called: a variable of that name would hide one."""
        return {shape.name for shape in self.shapes}

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

        moved: dict[Path, int] = {}

        def permutation(entry: Reorder) -> Expr:
            """Its name: a node may have several of its values moved."""
            count = moved[entry.path] = moved.get(entry.path, 0) + 1
            return layer_name(
                entry.path, f"_permute_{count}" if count > 1 else "_permute"
            )

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
                    name=permutation(entry),
                ),
                value,
            ),
            invoke=lambda one, inputs, made: self.invoke(
                part, one, inputs, made, layer_name(one.path), nested
            ),
            skip=_skip,
            reserved=self.dialect.reserved | self._spoken_for(part),
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

    def _spoken_for(self, part: Part) -> set[str]:
        """What no value may be called in a function: what it, or a loop in it, names."""
        walked = variables(part.body.items, self.parts)
        return {"name", *INDICES, *part.environment, *walked} | self.titles

    # All instances

    def _unite(self, shape: Shape) -> None:
        """The one code of a shape's instances; raises NotUniform."""
        parts = shape.members
        environments = [part.environment for part in parts]
        merge = Merge(
            environments,
            taken=self.parts.taken.union(*(_values(part) for part in parts)),
            mark=shape.mark,
            marks=frozenset(part.mark for part in parts),
        )
        grouped = [
            by_owner(part, part.code.owners, part.code.statements)
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
        shape.statements = ended(gathered(decided(shape.statements)))
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
            mark = (part.mark if part is not None else "") + loop_mark(one)
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
        return call(shape.name, *inputs, *args, **named, name=name)

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
        if depth >= len(INDICES):
            raise NotUniform("too many loops in each other")
        index = Name(INDICES[depth])
        carried = made[0]
        taken = [carried, *inputs[1:]]
        body: list[Stmt] = []
        for run in runs(loop, self.parts):
            body += self._run(run, index, outer, taken, made, name, mark + run.mark)
        if not body:
            return Lowered({"output": inputs[0]})
        if inputs[0] != carried:
            body.insert(0, Assign([carried], inputs[0]))
        return Lowered({"output": carried}, body=body)

    def _run(
        self,
        run: Run,
        index: Name,
        outer: Environment,
        taken: list[Expr],
        made: list[Expr],
        name: Expr,
        mark: str,
    ) -> list[Stmt]:
        """Some turns: a loop, or the only one as it is."""
        if run.is_turn:
            given = run.vectors(outer)[0]
            return self._body(
                run.shape, given, taken, made, joined(name, run.start), mark
            )
        given, target, over = self._turns(run, index, outer)
        body = self._body(run.shape, given, taken, made, joined(name, index), mark)
        return [For(target, over, body)] if body else []

    def _body(
        self,
        shape: Shape,
        given: dict[str, Expr],
        taken: list[Expr],
        made: list[Expr],
        name: Expr,
        mark: str,
    ) -> list[Stmt]:
        """One turn."""
        if self.inline(shape):
            return under(inlined(shape, given, taken, made, name), mark)
        targets = made if len(made) == 1 else [Tuple(list(made))]
        return [Assign(list(targets), self._called(shape, given, taken, name))]

    def _turns(
        self, run: Run, index: Name, outer: Environment
    ) -> tuple[dict[str, Expr], Expr, Expr]:
        """What each turn is given, the variables of the loop, and what they walk."""
        shape, vectors = run.shape, run.vectors(outer)
        labels = {label_of(value) for value in shape.first.body.inputs.values()}
        varying = [
            name
            for name in shape.params
            if name not in labels and vary([one[name] for one in vectors])
        ]
        same = {n: v for n, v in vectors[0].items() if n not in varying}
        found = walk(run, vectors, varying, outer, index, outer)
        return found.given(same), *found.over(True, index)

    def inline(self, shape: Shape) -> bool:
        """Whether a turn needs no function: all it does is change one value."""
        part = shape.first
        if part.body.block is not None or len(part.body.outputs) != 1:
            return False
        if any(one.apart for one in shape.members):
            return False
        labels = {label_of(value) for value in part.body.inputs.values()}
        if labels & set(shape.params):
            return False
        own = names_of_inputs(part)[0]
        return all(changes(statement, own) for statement in shape.statements)

    # Printing

    def _function(self, shape: Shape) -> FunctionDef:
        labels = {}
        for title, value in zip(
            names_of_inputs(shape.first), shape.first.body.inputs.values(), strict=True
        ):
            labels[label_of(value)] = title
        params = [Param(title) for title in names_of_inputs(shape.first)]
        for name in shape.params:
            if name not in labels:
                default = shape.defaults.get(name)
                has = name in shape.defaults
                params.append(Param(name, None, literal(default) if has else None))
        title = shape.name
        params.append(Param("name", None, Const(title)))
        body: list[Stmt] = []
        for name in shape.params:
            if name in labels:
                size = item(Attr(Name(labels[name]), "shape"), -1)
                body.append(Assign([Name(name)], size))
        return FunctionDef(title, params, None, [*body, *shape.statements])


def _is_there(part: Part, owner: Path) -> bool:
    """Whether an instance has a layer."""
    if owner == ("return",):
        return True
    for one in part.program.items:
        if key_of(one) == owner:
            return not isinstance(one, Pass)
    return False


def _values(part: Part) -> set[str]:
    """What the values of an instance are called."""
    return set(part.code.names.values()) if part.code is not None else set()


def _skip(one: Pass, value: Expr, made: Expr) -> Lowered:
    """A layer that is left out here: its value is what it takes."""
    return Lowered({"output": value})


def _depth(part: Part | None, parts: Parts) -> int:
    """How many loops of the same function stand around a part's code."""
    depth = 0
    while part is not None and part.body.block is None:
        depth += 1
        part = part.outer
    return depth

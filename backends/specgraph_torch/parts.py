"""Blocks as classes: an `nn.Module` for each, with what differs as its arguments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from specgraph.ir.graph import Graph, Loop, Path
from specgraph.lower.arguments import arguments, literal, parameters, passed
from specgraph.lower.choices import ended, gathered
from specgraph.lower.code import call, item
from specgraph.lower.conditions import presence, runs_nowhere
from specgraph.lower.emit import Body, Dialect, Writer
from specgraph.lower.layout import channels_first
from specgraph.lower.merge import Environment, Merge, NotUniform, put, read_in, under
from specgraph.lower.parts import Part, Parts, Shape, label_of, names_of_inputs
from specgraph.lower.program import Invoke, Pass, Use
from specgraph.lower.pycode import (
    Assign,
    Attr,
    ClassDef,
    Comprehension,
    Const,
    Expr,
    ExprStmt,
    FunctionDef,
    List,
    Name,
    Param,
    Return,
    Starred,
    Stmt,
    Tuple,
)
from specgraph.lower.pycode import Call as Calling
from specgraph.lower.rules import Lowered, Rules
from specgraph.lower.runs import Run, loop_mark, runs
from specgraph.lower.variables import names_by_item
from specgraph.lower.vectors import INDICES, added, vary, walk
from specgraph.ops.base import Op
from specgraph.spec.names import camel_case, variable_name
from specgraph_torch import starts
from specgraph_torch.again import again
from specgraph_torch.initial import Initial
from specgraph_torch.inline import inlined, is_lone, is_row
from specgraph_torch.layers import LAYER, frozen, layer, modules, over
from specgraph_torch.typed import annotated, type_of
from specgraph_torch.united import IDENTITY, lacking, merged


class TorchParts:
    """The classes of a model's blocks, and how the code around them uses them."""

    def __init__(
        self, graph: Graph, rules: Rules[Op], dialect: Dialect, reserved: frozenset[str]
    ) -> None:
        self.dialect = dialect
        self.reserved = reserved
        self.parts = Parts(graph, rules, reserved, channels_first)
        self.everything: list[tuple[Use, Lowered]] = []
        taken = set(reserved)
        self.shapes: list[Shape] = []
        for shape in self.parts.shapes(self._lower, self._unite, taken, camel_case):
            if () in shape.inits and not self.inline(shape):
                self._entitle(shape)
            self.shapes.append(shape)
            for part in shape.members:
                assert part.code is not None
                self.everything += part.code.lowered

    def classes(self) -> list[Stmt]:
        """The definitions, each after those that it uses."""
        return [self._class(shape) for shape in self.shapes if not self.inline(shape)]

    # One instance

    def _lower(self, part: Part, named: Mapping[Path, Sequence[str]] | None) -> Body:
        """The code of one instance, under the names of another if there is one."""
        own = replace(
            self.dialect,
            invoke=lambda item, inputs, made: self.invoke(part, item, inputs, made),
            skip=_skip,
            reserved=self.dialect.reserved | {LAYER},
            mark=part.mark,
        )
        writer = Writer(part.program, own, named)
        code = writer.write()
        code.statements.append(_result(writer, part))
        code.owners.append(())
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
        codes = [part.code for part in parts if part.code is not None]
        bare = lacking(codes)
        inits = [
            {path: made for path, made in code.inits.items() if path not in bare}
            for code in codes
        ]
        first = inits[0]
        if any(one.keys() != first.keys() for one in inits):
            raise NotUniform("other layers")
        nowhere = [p for p in first if all(one[p] == IDENTITY for one in inits)]
        for path in [path for path in first if path not in nowhere]:
            made = [one[path] for one in inits]
            shape.inits[path] = self._init(shape, path, made, merge)
        shape.flags = {
            path: presence(
                shape.first, path, [path not in c.inits for c in codes], merge
            )
            for path in bare
        }
        if any(one.ties for code in codes for _, one in code.lowered):
            raise NotUniform("weights are tied when all have started")
        ends = [frozen(code.lowered) for code in codes]
        shape.ends = merge.code(ends, "frozen")
        starts.united(shape, codes, merge, self.dialect.helper)
        merge.wrap = lambda name: Attr(Name("self"), name)
        before = dict(merge.used)
        merge.used.clear()
        found = merged(codes, [*nowhere, *bare], shape, merge)
        shape.statements = ended(gathered(found))
        shape.stored = list(merge.used)
        merge.used = {**before, **merge.used}
        parameters(shape, merge)
        if set(shape.params) & self.reserved:
            raise NotUniform("a parameter hides a module")

    def _init(
        self, shape: Shape, path: Path, made: list[Expr], merge: Merge
    ) -> tuple[Expr, Expr | None]:
        """A layer for all instances, and the condition where not all have it."""
        there = [expr != IDENTITY for expr in made]
        what = "_".join(path)
        if all(there) or not any(there):
            return merge.code(made, what), None
        found = merge.only(made, there, True, what)
        lacking = [p for p, is_ in zip(shape.members, there, strict=True) if not is_]
        if runs_nowhere(found, path, lacking):
            shape.idle[path] = there
            return found, None
        return found, presence(shape.first, path, there, merge)

    def _entitle(self, shape: Shape) -> None:
        """Names the only layer of a turn after its op, since the turn has a class."""
        for part in shape.members:
            uses = [item for item in part.program.items if isinstance(item, Use)]
            taken = {use.path for use in uses}
            for use in uses:
                if not use.path:
                    title = variable_name(use.op.label)
                    use.path = (f"{title}_",) if (title,) in taken else (title,)
        first, *others = shape.members
        first.code = self._lower(first, None)
        named = names_by_item(first.program, first.code.names)
        for part in others:
            part.code = self._lower(part, named)
        shape.inits.clear()
        shape.started.clear()
        self._unite(shape)

    # The code around

    def invoke(
        self, part: Part | None, item: Invoke, inputs: list[Expr], made: list[Expr]
    ) -> Lowered:
        """A use of a body in the code of a part, or of the model itself."""
        if isinstance(item.step, Loop):
            return self._loop(part, item, inputs, made)
        used = self.parts.by_body[item.step.body]
        assert used.shape is not None
        if item.owner is not None:
            return _called(layer(item.owner, ""), None, inputs, made)
        given = passed(used.shape, used, item.step, _environment(part))
        init = self._layer_of(used.shape, given)
        return _called(layer(item.path, ""), init, inputs, made)

    def _layer_of(self, shape: Shape, given: Mapping[str, Expr]) -> Expr:
        if not self.inline(shape):
            args, named = arguments(shape, given)
            return call(shape.name, *args, **named)
        made = [put(expr, given) for expr, _ in shape.inits.values()]
        return made[0] if len(made) == 1 else call("nn.Sequential", *made)

    def inline(self, shape: Shape) -> bool:
        """Whether a turn needs no class: it is layers in a row, or one expression."""
        part = shape.first
        if part.body.block is not None:
            return False
        if any(when is not None for _, when in shape.inits.values()):
            return False
        if starts.reads_parameters(shape):
            return False
        if not shape.ends and is_row(shape):
            return True
        return is_lone(shape) and not any(part.apart for part in shape.members)

    def _loop(
        self, part: Part | None, item: Invoke, inputs: list[Expr], made: list[Expr]
    ) -> Lowered:
        loop = item.step
        assert isinstance(loop, Loop)
        if item.owner is not None:
            return again(layer(item.owner, ""), loop, inputs, made)
        rows = runs(loop, self.parts)
        outer = _environment(part)
        turns = [self._turns(run, outer) for run in rows]
        alone, *more = turns
        elements = [Starred(o) if isinstance(o, Comprehension) else o for o in turns]
        place = layer(item.path, "")
        body = rows[0].shape.first.body
        chain = len(body.inputs) == 1 == len(body.outputs)
        around = [self.inline(o.shape) and not is_row(o.shape) for o in rows]
        if chain and not any(around):
            made_layer = call("nn.Sequential", *elements)
            return _called(place, made_layer, inputs, made)
        made_list = call("nn.ModuleList", List(list(elements)) if more else alone)
        mark = (part.mark if part is not None else "") + loop_mark(item)
        return self._turning(rows, place, made_list, inputs, made, mark)

    def _turning(
        self,
        rows: list[Run],
        place: Expr,
        made_list: Expr,
        inputs: list[Expr],
        made: list[Expr],
        mark: str,
    ) -> Lowered:
        """A `for` over the layers of a loop; what is carried is its first output."""
        carried = made[0]
        before: list[Stmt] = []
        if inputs[0] != carried:
            before.append(Assign([carried], inputs[0]))
        taken = [carried, *inputs[1:]]
        for run in rows:
            if self.inline(run.shape):
                names = dict(zip(names_of_inputs(run.shape.first), taken, strict=True))
                body = inlined(run.shape.statements, names, made)
                body = under(body, mark + run.mark)
            else:
                targets = made if len(made) == 1 else [Tuple(list(made))]
                body = [Assign(list(targets), Calling(Name(LAYER), list(taken)))]
            before += over(run, place, body)
        return Lowered({"output": carried}, {"": made_list}, before)

    def _turns(self, run: Run, outer: Environment) -> Expr:
        """The layers of some turns; where others stand beside it, one as it is."""
        shape, loop = run.shape, run.loop
        vectors = run.vectors(outer)
        if run.is_turn:
            return self._layer_of(shape, vectors[0])
        varying = [n for n in shape.params if vary([one[n] for one in vectors])]
        carried = label_of(next(iter(shape.first.body.inputs.values())))
        if carried in shape.params and not varying and added(loop) is not None:
            varying = [carried]
        same = {n: v for n, v in vectors[0].items() if n not in varying}
        hidden = read_in(list(same.values()))
        index = Name(next(n for n in INDICES if n not in {*hidden, *outer, *varying}))
        found = walk(run, vectors, varying, outer, index, hidden)
        element = self._layer_of(shape, found.given(same))
        return Comprehension(element, *found.over(False, index), [], True)

    def place(self, shape: Shape | None, at: Path, path: Path) -> Path:
        """Where torch has a layer: layers in a row are numbered."""
        if shape is None or not self.inline(shape) or not path:
            return (*at, *path)
        if len(shape.inits) == 1:
            return (*at, *path[1:])
        number = list(shape.inits).index(path[:1])
        return (*at, str(number), *path[1:])

    # Printing

    def _class(self, shape: Shape) -> ClassDef:
        code = shape.first.code
        assert code is not None
        signature = [Param("self"), *(self._param(shape, n) for n in shape.params)]
        body: list[Stmt] = [ExprStmt(call(Attr(call("super"), "__init__")))]
        body += [Assign([Attr(Name("self"), n)], Name(n)) for n in shape.stored]
        for path, when in shape.flags.items():
            body.append(Assign([Attr(Name("self"), "_".join(path))], when))
        body += modules(shape.inits)
        body += shape.ends
        common = Initial(self.everything, self.dialect.helper).common
        body += starts.statements(shape, common)
        body += starts.of_loops(
            shape.first.program.items, self.parts, self.inline, common
        )
        names = names_of_inputs(shape.first)
        tensor: Expr = Name("Tensor")
        params = [Param("self"), *(Param(name, tensor) for name in names)]
        returns = tensor
        number = len(set(shape.first.body.outputs.values()))
        if number > 1:
            returns = call_type("tuple", [tensor] * number)
        statements = annotated(shape.statements, names, "output")
        members: list[Stmt] = []
        if len(body) > 1:
            members.append(FunctionDef("__init__", signature, Const(None), body))
        members.append(FunctionDef("forward", params, returns, statements))
        return ClassDef(shape.name, [Attr(Name("nn"), "Module")], members)

    def _param(self, shape: Shape, name: str) -> Param:
        values = list(shape.holes.get(name, ()))
        if name not in shape.holes:
            values = [part.environment[name] for part in shape.members]
        if name not in shape.defaults:
            return Param(name, type_of(values))
        default = shape.defaults[name]
        return Param(name, type_of([*values, default]), literal(default))


def call_type(name: str, items: list[Expr]) -> Expr:
    """A generic type: `tuple[Tensor, Tensor]`."""
    return item(Name(name), *items)


def _environment(part: Part | None) -> Environment:
    return part.environment if part is not None else {}


def _skip(item: Pass, value: Expr, made: Expr) -> Lowered:
    """A layer that is left out here: the identity, where others have the layer."""
    return Lowered({"output": Calling(layer(item.path, ""), [value])}, {"": IDENTITY})


def _called(
    place: Expr, init: Expr | None, inputs: list[Expr], made: list[Expr]
) -> Lowered:
    """A layer called on values; of several results each has its variable."""
    value = Calling(place, list(inputs))
    inits = {} if init is None else {"": init}
    if len(made) == 1:
        return Lowered({"output": value}, inits)
    body: list[Stmt] = [Assign([Tuple(list(made))], value)]
    return Lowered({"output": made[0]}, inits, body)


def _result(writer: Writer, part: Part) -> Stmt:
    values = list(dict.fromkeys(part.program.outputs.values()))
    if len(values) == 1:
        return writer.result({"output": values[0]})
    return Return(Tuple([writer.body.read(value) for value in values]))

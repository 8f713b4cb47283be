"""Blocks as classes: an `nn.Module` for each, with what differs as its arguments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from specgraph.ir.graph import Graph, Loop, Path
from specgraph.lower.code import call, item
from specgraph.lower.conditions import presence, runs_nowhere
from specgraph.lower.emit import Body, Dialect, Writer
from specgraph.lower.layout import channels_first
from specgraph.lower.merge import (
    Environment,
    Merge,
    NotUniform,
    ended,
    gathered,
    put,
    read_in,
    under,
)
from specgraph.lower.parts import (
    Part,
    Parts,
    Shape,
    arguments,
    label_of,
    parameters,
    passed,
)
from specgraph.lower.program import Invoke, Pass, Use
from specgraph.lower.pycode import (
    Assign,
    Attr,
    ClassDef,
    Comprehension,
    Const,
    Expr,
    ExprStmt,
    For,
    FunctionDef,
    Name,
    Param,
    Return,
    Starred,
    Stmt,
    Tagged,
    Tuple,
)
from specgraph.lower.pycode import Call as Calling
from specgraph.lower.rules import Lowered, Rules
from specgraph.lower.vectors import INDICES, added, walk
from specgraph.ops.base import Op
from specgraph_torch import starts
from specgraph_torch.again import again
from specgraph_torch.initial import Initial
from specgraph_torch.layers import LAYER, frozen, layer, modules
from specgraph_torch.typed import annotated
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
        for shape in self.parts.shapes(self._lower, self._unite, taken):
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
        if any(when is not None for _, when in shape.inits.values()) or shape.ends:
            return False
        if starts.reads_parameters(shape):
            return False
        return self._is_row(shape) or self._is_expression(shape)

    def _is_expression(self, shape: Shape) -> bool:
        one = len(shape.statements) == 1 and not shape.stored
        return one and set(shape.inits) <= {()} and len(shape.inits) == 1

    def _is_row(self, shape: Shape) -> bool:
        """Whether every layer is called on what the one before gave."""
        part = shape.first
        if len(part.body.inputs) != 1 or len(part.body.outputs) != 1:
            return False
        if any(not isinstance(one, Invoke) for one in part.program.items):
            return False  # what an op gives is told by the line that calls it
        if not shape.inits or any(len(path) != 1 for path in shape.inits):
            return False
        given: Expr = Name(next(iter(part.program.inputs)))
        paths = list(shape.inits)
        for statement in shape.statements:
            value = (
                _bare(statement.value)
                if isinstance(statement, Assign | Return)
                else None
            )
            if not paths or not isinstance(value, Calling):
                return False
            if value != Calling(layer(paths.pop(0), ""), [given]):
                return False
            given = statement.targets[0] if isinstance(statement, Assign) else given
        return not paths

    def _loop(
        self, part: Part | None, item: Invoke, inputs: list[Expr], made: list[Expr]
    ) -> Lowered:
        loop = item.step
        assert isinstance(loop, Loop)
        used = [self.parts.by_body[one.body] for one in loop.calls]
        shape = used[0].shape
        assert shape is not None
        if any(one.shape is not shape for one in used):
            raise NotUniform("turns of several shapes")
        if item.owner is not None:
            return again(layer(item.owner, ""), loop, inputs, made)
        outer = _environment(part)
        vectors = [
            passed(shape, one, step, outer)
            for one, step in zip(used, loop.calls, strict=True)
        ]
        element, target, over = self._turns(shape, loop, vectors, outer)
        listed = Comprehension(element, target, over, [], True)
        place = layer(item.path, "")
        body = shape.first.body
        chain = len(body.inputs) == 1 == len(body.outputs)
        around = self.inline(shape) and not self._is_row(shape)
        if chain and not around:
            made_layer = call("nn.Sequential", Starred(listed))
            return _called(place, made_layer, inputs, made)
        made_list = call("nn.ModuleList", listed)
        mark = part.mark if part is not None else ""
        return self._turning(shape, place, made_list, inputs, made, mark)

    def _turning(
        self,
        shape: Shape,
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
        if self.inline(shape):
            (statement,) = shape.statements
            assert isinstance(statement, Return) and statement.value is not None
            known = dict(zip(_names(shape.first), taken, strict=True))
            value = under(put(statement.value, known), mark)
        else:
            value = Calling(Name(LAYER), list(taken))
        targets = made if len(made) == 1 else [Tuple(list(made))]
        loop = For(Name(LAYER), place, [Assign(list(targets), value)])
        return Lowered({"output": carried}, {"": made_list}, [*before, loop])

    def _turns(
        self,
        shape: Shape,
        loop: Loop,
        vectors: list[dict[str, Expr]],
        outer: Environment,
    ) -> tuple[Expr, Expr, Expr]:
        """What a loop makes in each turn, its variables, and what they walk."""
        varying = [
            name
            for name in shape.params
            if any(vector[name] != vectors[0][name] for vector in vectors)
        ]
        carried = label_of(next(iter(shape.first.body.inputs.values())))
        if carried in shape.params and not varying and added(loop) is not None:
            varying = [carried]
        same = {n: v for n, v in vectors[0].items() if n not in varying}
        hidden = read_in(list(same.values()))
        index = Name(next(n for n in INDICES if n not in {*hidden, *outer, *varying}))
        found = walk(loop, vectors, varying, outer, index, hidden)
        element = self._layer_of(shape, found.given(same))
        return element, *found.over(False, index, Const(loop.times))

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
        names = _names(shape.first)
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
        value = shape.holes[name][0] if name in shape.holes else None
        value = shape.first.environment.get(name, value)
        default = shape.defaults.get(name)
        found = Const(default) if name in shape.defaults else None  # type: ignore[arg-type]
        return Param(name, Name(type(value).__name__), found)


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


def _names(part: Part) -> list[str]:
    """The parameters of `forward`."""
    assert part.code is not None
    return [part.code.names[entry.value] for entry in part.program.inputs.values()]


def _bare(value: Expr | None) -> Expr | None:
    while isinstance(value, Tagged):
        value = value.expr
    return value

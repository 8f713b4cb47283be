"""model.py for torch: one `nn.Module` class, its layers, `forward`, and `logits`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from specgraph.ir.graph import Path, Value
from specgraph.lower.code import call, item, method
from specgraph.lower.describe import docstring
from specgraph.lower.emit import Body, Dialect, Mark, Writer, physical, printed
from specgraph.lower.helpers import Helpers
from specgraph.lower.imports import imports
from specgraph.lower.instances import Instances, Places
from specgraph.lower.names import names_in
from specgraph.lower.parts import Shape
from specgraph.lower.plan import Physical, Plan
from specgraph.lower.program import Invoke, Program, Reorder, Use
from specgraph.lower.pycode import (
    Assign,
    Attr,
    BinOp,
    BoolOp,
    ClassDef,
    Compare,
    Const,
    Dict,
    Expr,
    ExprStmt,
    FString,
    FunctionDef,
    If,
    Import,
    ImportFrom,
    Module,
    Name,
    Param,
    Raise,
    Return,
    Stmt,
    Subscript,
    Tagged,
)
from specgraph.ops.base import Activation
from specgraph.ops.dims import symbol
from specgraph.ops.sizes import Bounds
from specgraph.spec.names import camel_case, variable_name
from specgraph_torch.helpers import HELPERS
from specgraph_torch.initial import Initial
from specgraph_torch.layers import frozen, layer, modules
from specgraph_torch.parts import TorchParts
from specgraph_torch.rules.activation import activated
from specgraph_torch.starts import of_loops
from specgraph_torch.ties import tied
from specgraph_torch.typed import annotated

EXPORTED = frozenset(
    (
        *("add_submodule", "code", "delete_all_unused_submodules", "delete_submodule"),
        *("graph", "meta", "print_readable", "range_constraints", "recompile"),
        *("shape_env", "to_folder", "validate_inputs"),
    )
)
"""What the module that `torch.export` gives has of its own, besides the layers."""
RESERVED = frozenset({"self", "torch", "nn", "F", "Tensor", "math", "partial"})
ALLOWED = frozenset({"functools", "math", "torch", "torch.nn", "torch.nn.functional"})


class TorchModule:
    """Writes model.py of one program."""

    def __init__(
        self, program: Program, parts: Callable[[Dialect], TorchParts] | None = None
    ) -> None:
        self.program = program
        self.helpers = Helpers("specgraph_torch")
        self.dialect = Dialect(
            layer=lambda use, suffix: layer(use.home, suffix),
            layer_name=lambda use: ".".join(use.path),
            prefix=lambda use: ".".join(use.path) + ".",
            reorder=_permute,
            helper=self.helpers.use,
            reserved=RESERVED | HELPERS.keys(),
            nests=True,
            tie=tied,
        )
        self.parts = parts(self.dialect) if parts is not None else None
        if self.parts is not None:
            self.dialect.invoke = partial(self.parts.invoke, None)
        self.finals = self._finals()
        self.skipped = self._skipped()
        self.apart = self._apart()
        self.spare = self._spare_names()
        self.writer = Writer(program, self.dialect)
        names = self.writer.body.names
        self.params = [names[entry.value] for entry in program.inputs.values()]

    def plan(self) -> Plan:
        """The file, its slots, and where every value is."""
        program = self.program
        body = self.writer.write(self.skipped)
        outputs = {**program.outputs, **program.logits}
        body.statements.append(self.writer.result(outputs))
        members = self._members(body)
        class_name = variable_name(camel_case(program.graph.name))
        while class_name in RESERVED | self.helpers.used.keys():
            class_name += "_"
        definition = ClassDef(class_name, [Attr(Name("nn"), "Module")], members)
        definitions: list[Stmt] = [definition]
        if self.parts is not None:
            definitions = [*self.parts.classes(), definition]
        module = Module(docstring(program), [], [])
        module.body = [
            *self._imports(definitions),
            *self.helpers.includes(),
            *definitions,
        ]
        text, taps = printed(program, module, ALLOWED | self.helpers.modules)
        found: Places = (body.slots, self._values(), taps, body.aliases)
        if self.parts is not None:
            every = Instances(self.parts.parts, taps, self._place, self.parts.inline)
            found = every.mappings(program, body, found[1])
        slots, values, taps_, aliases = found
        return Plan(
            backend="torch",
            graph=program.graph,
            files={"model.py": text},
            entry=class_name,
            slots=slots,
            values=values,
            taps=taps_,
            aliases=aliases,
            doors={n: program.orders[v] for n, v in program.outputs.items()},
            apart=self.apart,
            helpers=tuple(self.helpers.used),
        )

    def _finals(self) -> dict[str, Use]:
        """The activations between `logits` and `forward`, by their output."""
        made = {next(iter(use.outputs.values())): use for use in self._uses()}
        found = {}
        for name in self.program.logits:
            value = self.program.outputs[name]
            found[name] = made[self.program.origins.get(value, value)]
        return found

    def _uses(self) -> list[Use]:
        return [item for item in self.program.items if isinstance(item, Use)]

    def _spare_names(self) -> dict[str, str]:
        """Renames what that would hide `logits`, or what an exported module would hide."""
        items = [item for item in self.program.items if item.path]
        taken = {item.path[0] for item in items}
        hidden = EXPORTED | {"logits"} if self.program.logits else EXPORTED
        spare: dict[str, str] = {}
        for name in sorted(taken & hidden):
            spare[name] = f"{name}_"
            while spare[name] in taken:
                spare[name] += "_"
        for one in items:
            first, *rest = one.path
            if isinstance(one, Use | Invoke) and first in spare:
                one.path = (spare[first], *rest)
        return spare

    def _place(self, shape: Shape | None, at: Path, path: Path) -> Path:
        """Where torch has a layer, under its new name if it has one."""
        assert self.parts is not None
        if shape is None:
            path = (self.spare.get(path[0], path[0]), *path[1:])
        return self.parts.place(shape, at, path)

    def _skipped(self) -> frozenset[Value]:
        """Final activations that nothing but the model's output takes."""
        taken = {v for use in self._uses() for v in use.inputs}
        outputs = self.program.outputs.items()
        taken |= {value for title, value in outputs if title not in self.finals}
        found = set()
        for name, use in self.finals.items():
            made = next(iter(use.outputs.values()))
            moved = self.program.outputs[name]
            if made not in taken and moved not in taken:
                found |= {made, moved}
        return frozenset(found)

    def _apart(self) -> frozenset[str]:
        """Outputs for which `forward` computes again what another place gives too."""
        given = set(self._given())
        seen: set[Value] = set()
        found = set()
        for title, use in self.finals.items():
            made = next(iter(use.outputs.values()))
            if self.program.outputs[title] in given:
                continue
            if made not in self.skipped or made in seen:
                found.add(title)
            seen.add(made)
        return frozenset(found)

    def _given(self) -> dict[Value, str]:
        """What `logits` gives as it is, and the output that it is."""
        outputs = self.program.outputs.items()
        return {v: title for title, v in outputs if title not in self.finals}

    def _values(self) -> dict[str, Physical]:
        """How values lie; a final activation acts on logits as they leave the model."""
        values = physical(self.program)
        for name, use in self.finals.items():
            made = next(iter(use.outputs.values()))
            if made in self.skipped:
                order = self.program.orders[self.program.outputs[name]]
                values[made.name] = Physical(order)
        return values

    def _imports(self, definitions: list[Stmt]) -> list[Stmt]:
        wanted: list[Import | ImportFrom] = [ImportFrom("torch", ["Tensor", "nn"])]
        used = {name for one in definitions for name in names_in(one)}
        if "torch" in used:
            wanted.append(Import("torch"))
        if "math" in used:
            wanted.append(Import("math"))
        if "partial" in used:
            wanted.append(ImportFrom("functools", ["partial"]))
        if "F" in used:
            wanted.append(ImportFrom("torch.nn", [("functional", "F")]))
        return imports([*wanted, *self.helpers.imports()])

    def _members(self, body: Body) -> list[Stmt]:
        members: list[Stmt] = []
        everything = None
        if self.parts is not None:
            self.parts.everything += body.lowered  # the classes start by all of it
            everything = self.parts.everything
        initial = Initial(body.lowered, self.helpers.use, everything)
        if body.inits:
            members.append(self._constructor(body, initial))
        members += initial.method()
        statements = [*self._size_checks(), *body.statements]
        if self.program.logits:
            members += self._logits(statements)
        else:
            members.append(self._method("forward", statements, self.program.outputs))
        return members

    def _constructor(self, body: Body, initial: Initial) -> Stmt:
        statements: list[Stmt] = [
            ExprStmt(call(Attr(call("super"), "__init__"))),
            *modules({path: (expr, None) for path, expr in body.inits.items()}),
            *frozen(body.lowered),
            *initial.statements(),
            *self._of_loops(initial),
            *(tie for _, one in body.lowered for tie in one.ties),
        ]
        return FunctionDef("__init__", [Param("self")], Const(None), statements)

    def _of_loops(self, initial: Initial) -> list[Stmt]:
        """How the layers of loops start, where that is not as others do."""
        if self.parts is None:
            return []
        known = self.parts.parts, self.parts.inline
        return of_loops(self.program.items, *known, initial.common)

    def _method(
        self, title: str, statements: list[Stmt], outputs: dict[str, Value]
    ) -> Stmt:
        tensor: Expr = Name("Tensor")
        params = [Param("self"), *(Param(name, tensor) for name in self.params)]
        returns = tensor
        if len(outputs) > 1:
            returns = item(Name("dict"), Name("str"), tensor)
        result = "logits" if title == "logits" else "output"
        body = annotated(statements, self.params, result)
        return FunctionDef(title, params, returns, body)

    def _size_checks(self) -> list[Stmt]:
        """Refusals of sizes outside the bounds that were written."""
        found: list[Stmt] = []
        taken = {*self.writer.body.names.values(), *RESERVED, *HELPERS}
        for name, bounds in self.program.graph.bounds.items():
            size = self._size(name) if bounds != Bounds() else None
            if size is not None:
                variable = variable_name(name)
                while variable in taken:
                    variable += "_"
                taken.add(variable)
                found += [
                    Assign([Name(variable)], size),
                    _size_check(name, bounds, Name(variable)),
                ]
        return found

    def _size(self, name: str) -> Expr | None:
        """A named dimension as an expression of an input."""
        for title, entry in zip(self.params, self.program.inputs.values(), strict=True):
            shape = entry.value.type.shape
            if symbol(name) in shape:
                order = self.program.orders[entry.value]
                axis = order.index(shape.index(symbol(name)) + 1)
                return item(Attr(Name(title), "shape"), axis)
        return None

    def _logits(self, statements: list[Stmt]) -> list[Stmt]:
        """`logits` gives what the loss is computed from, `forward` what the spec says."""
        outputs = {**self.program.outputs, **self.program.logits}
        logits = self._method("logits", statements, outputs)
        source = method(Name("self"), "logits", *map(Name, self.params))
        if len(outputs) == 1:
            ((title, use),) = self.finals.items()
            result = Return(self._final(title, use, source))
            return [logits, self._method("forward", [result], self.program.outputs)]
        entries: list[tuple[Expr | None, Expr]] = [(None, Name("outputs"))]
        given = self._given()
        for title, use in self.finals.items():
            same = given.get(self.program.outputs[title])
            found: Expr = Subscript(Name("outputs"), Const(same or title))
            if same is None:
                found = self._final(title, use, found)
            entries.append((Const(title), found))
        body: list[Stmt] = [Assign([Name("outputs")], source), Return(Dict(entries))]
        return [logits, self._method("forward", body, self.program.outputs)]

    def _final(self, title: str, use: Use, source: Expr) -> Expr:
        """The activation of an output, around its logits as they leave the model."""
        order = self.program.orders[self.program.outputs[title]]
        at = replace(self.writer.at(use), orders=use.orders.map(lambda _: order))
        assert isinstance(use.op, Activation)
        found = activated(at, source, use.op)
        value = next(iter(use.outputs.values()))
        return found if title in self.apart else Tagged(found, Mark(value.name))


def _size_check(name: str, bounds: Bounds, size: Expr) -> Stmt:
    tests: list[Expr] = []
    words = []
    if bounds.min > 1:
        tests.append(Compare(size, "<", Const(bounds.min)))
        words.append(f"at least {bounds.min}")
    if bounds.max is not None:
        tests.append(Compare(size, ">", Const(bounds.max)))
        words.append(f"at most {bounds.max}")
    if len(words) == 2:
        words = [f"from {bounds.min} to {bounds.max}"]
    if bounds.multiple_of > 1:
        tests.append(BinOp(size, "%", Const(bounds.multiple_of)))
        words.append(f"a multiple of {bounds.multiple_of}")
    message = FString([f"{name} must be {' and '.join(words)}, got ", size])
    test = tests[0] if len(tests) == 1 else BoolOp("or", tests)
    return If(test, [Raise(call("ValueError", message))])


def _permute(entry: Reorder, value: Expr) -> Expr:
    return method(value, "permute", *entry.axes)

"""model.py for torch: one `nn.Module` class, its layers, `forward`, and `logits`."""

from __future__ import annotations

from specgraph.ir.graph import Value
from specgraph.lower.code import call, item, method
from specgraph.lower.describe import docstring
from specgraph.lower.emit import Body, Dialect, Mark, Writer, physical, printed
from specgraph.lower.helpers import Helpers
from specgraph.lower.imports import imports
from specgraph.lower.names import names_in
from specgraph.lower.plan import Plan
from specgraph.lower.program import Program, Reorder, Use
from specgraph.lower.pycode import (
    Assign,
    Attr,
    ClassDef,
    Const,
    Dict,
    Expr,
    ExprStmt,
    FunctionDef,
    Import,
    ImportFrom,
    Module,
    Name,
    Param,
    Return,
    Stmt,
    Subscript,
    Tagged,
)
from specgraph.lower.rules import Lowered
from specgraph.lower.slots import Fixed
from specgraph.spec.names import camel_case, variable_name
from specgraph_torch.initial import initial_statements, initialize_method
from specgraph_torch.rules.activation import FUNCTIONS

RESERVED = frozenset({"self", "torch", "nn", "F", "Tensor", "math"})
ALLOWED = frozenset({"math", "torch", "torch.nn", "torch.nn.functional"})


class TorchModule:
    """Writes model.py of one program."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.helpers = Helpers("specgraph_torch")
        self.dialect = Dialect(
            layer=lambda use, suffix: layer(use.path, suffix),
            layer_name=lambda use: ".".join(use.path),
            prefix=lambda use: ".".join(use.path) + ".",
            reorder=_permute,
            helper=self.helpers.use,
            reserved=RESERVED,
            nests=True,
        )

    def plan(self) -> Plan:
        """The file, its slots, and where every value is."""
        program = self.program
        finals = self._finals()
        writer = Writer(program, self.dialect)
        body = writer.write(frozenset(finals))
        outputs = {**program.outputs, **program.logits}
        body.statements.append(writer.result(outputs))
        class_name = camel_case(program.graph.name)
        definition = ClassDef(
            class_name,
            [Attr(Name("nn"), "Module")],
            self._members(body, finals),
        )
        module = Module(docstring(program), [], [])
        module.body = [
            *self._imports(body, definition),
            *self.helpers.includes(),
            definition,
        ]
        text, taps = printed(program, module, ALLOWED | self.helpers.modules)
        return Plan(
            backend="torch",
            graph=program.graph,
            files={"model.py": text},
            entry=class_name,
            slots=body.slots,
            values=physical(program),
            taps=taps,
            aliases=body.aliases,
            doors={n: program.orders[v] for n, v in program.outputs.items()},
            helpers=tuple(self.helpers.used),
        )

    def _finals(self) -> dict[Value, Use]:
        """The activations between `logits` and `forward`, by their value."""
        wanted = {
            value: name
            for name, value in self.program.outputs.items()
            if name in self.program.logits
        }
        found = {}
        for entry in self.program.items:
            if isinstance(entry, Use):
                value = next(iter(entry.outputs.values()))
                if value in wanted:
                    found[value] = entry
        return found

    def _imports(self, body: Body, definition: ClassDef) -> list[Stmt]:
        wanted: list[Import | ImportFrom] = [ImportFrom("torch", ["Tensor", "nn"])]
        used = names_in(definition)
        if "torch" in used:
            wanted.append(Import("torch"))
        if "math" in used:
            wanted.append(Import("math"))
        if "F" in used:
            wanted.append(ImportFrom("torch.nn", [("functional", "F")]))
        return imports([*wanted, *self.helpers.imports()])

    def _members(self, body: Body, finals: dict[Value, Use]) -> list[Stmt]:
        members: list[Stmt] = []
        if any(lowered.init for _, lowered in body.lowered):
            members.append(self._constructor(body))
        initialize = initialize_method(body.lowered)
        members += initialize
        if self.program.logits:
            members += self._logits(body, finals)
        else:
            outputs = self.program.outputs
            members.append(self._method("forward", body.statements, outputs))
        return members

    def _constructor(self, body: Body) -> Stmt:
        statements: list[Stmt] = [
            ExprStmt(call(Attr(call("super"), "__init__"))),
            *_layers(body.lowered),
            *_frozen(body.lowered),
            *initial_statements(body.lowered),
        ]
        return FunctionDef("__init__", [Param("self")], Const(None), statements)

    def _method(
        self, title: str, statements: list[Stmt], outputs: dict[str, Value]
    ) -> Stmt:
        tensor: Expr = Name("Tensor")
        params = [Param("self")]
        params += [Param(variable_name(n), tensor) for n in self.program.inputs]
        returns = tensor
        if len(outputs) > 1:
            returns = item(Name("dict"), Name("str"), tensor)
        return FunctionDef(title, params, returns, statements)

    def _logits(self, body: Body, finals: dict[Value, Use]) -> list[Stmt]:
        """`logits` gives what the loss is computed from, `forward` what the spec says."""
        outputs = {**self.program.outputs, **self.program.logits}
        logits = self._method("logits", body.statements, outputs)
        given: list[Expr] = [Name(variable_name(n)) for n in self.program.inputs]
        source = method(Name("self"), "logits", *given)
        if len(outputs) == 1:
            ((title, value),) = self.program.outputs.items()
            final = self._final(value, finals[value], source)
            forward = self._method("forward", [Return(final)], self.program.outputs)
            return [logits, forward]
        entries: list[tuple[Expr | None, Expr]] = [(None, Name("outputs"))]
        for title, value in self.program.outputs.items():
            if value in finals:
                taken = Subscript(Name("outputs"), Const(title))
                final = self._final(value, finals[value], taken)
                entries.append((Const(title), final))
        body_: list[Stmt] = [Assign([Name("outputs")], source), Return(Dict(entries))]
        return [logits, self._method("forward", body_, self.program.outputs)]

    def _final(self, value: Value, use: Use, source: Expr) -> Expr:
        """The activation of an output, around its logits."""
        op = use.op
        axis = getattr(op, "axis", None)
        if isinstance(axis, int):
            order = self.program.orders[value]
            place = order.index(use.types.first.axis(axis))
            op = op.filled(axis=-1 if place == len(order) - 1 else place)
        return Tagged(FUNCTIONS[type(op)](op, source), Mark(value.name))  # type: ignore[index]


def layer(path: tuple[str, ...], suffix: str) -> Expr:
    """A layer as an expression: `self.conv`, or `self.stem["conv"]` in a group."""
    first, *rest = (*path[:-1], path[-1] + suffix)
    expr: Expr = Attr(Name("self"), first)
    for part in rest:
        expr = Subscript(expr, Const(part))
    return expr


def _permute(entry: Reorder, value: Expr) -> Expr:
    return method(value, "permute", *entry.axes)


Tree = dict[str, "Expr | Tree"]


def _layers(lowered: list[tuple[Use, Lowered]]) -> list[Stmt]:
    """`self.<name> = …` in the order of use; a group is one `nn.ModuleDict`."""
    tree: Tree = {}
    for use, found in lowered:
        for suffix, expr in found.init.items():
            inner = tree
            for part in use.path[:-1]:
                below = inner.setdefault(part, {})
                assert isinstance(below, dict)
                inner = below
            inner[use.path[-1] + suffix] = expr
    return [
        Assign([Attr(Name("self"), title)], _module(expr))
        for title, expr in tree.items()
    ]


def _module(found: Expr | Tree) -> Expr:
    if not isinstance(found, dict):
        return found
    items: list[tuple[Expr | None, Expr]] = [
        (Const(title), _module(expr)) for title, expr in found.items()
    ]
    return call("nn.ModuleDict", Dict(items))


def _frozen(lowered: list[tuple[Use, Lowered]]) -> list[Stmt]:
    """Layers and tensors that are not trained."""
    statements: list[Stmt] = []
    for use, found in lowered:
        if not use.node.trainable and use.params:
            for suffix in found.init:
                target = layer(use.path, suffix)
                statements.append(ExprStmt(method(target, "requires_grad_", False)))
            continue
        for slot in found.slots:
            if isinstance(slot, Fixed):
                target = Attr(layer(use.path, ""), slot.key)
                statements.append(ExprStmt(method(target, "requires_grad_", False)))
    return statements

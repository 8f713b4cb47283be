"""model.py for Keras: one function that builds a functional model."""

from __future__ import annotations

from dataclasses import replace

from specgraph.ir.graph import Value
from specgraph.lower.code import call, value
from specgraph.lower.describe import docstring
from specgraph.lower.emit import Body, Dialect, Writer, physical, printed
from specgraph.lower.helpers import Helpers
from specgraph.lower.imports import imports
from specgraph.lower.names import names_in
from specgraph.lower.plan import Plan
from specgraph.lower.program import Program, Reorder
from specgraph.lower.pycode import (
    Assign,
    Const,
    Dict,
    Expr,
    FunctionDef,
    Import,
    ImportFrom,
    Module,
    Name,
    Return,
    Stmt,
)
from specgraph.spec.names import variable_name

RESERVED = frozenset({"keras", "layers", "ops", "initializers", "regularizers", "tf"})
MEMBERS = ("initializers", "layers", "ops", "regularizers")


class KerasModule:
    """Writes model.py of one program; `root` is where Keras is imported from."""

    def __init__(self, program: Program, backend: str, root: str = "keras") -> None:
        self.logits = program.logits
        self.program = program = replace(program, logits={})
        self.backend = backend
        self.root = root
        self.helpers = Helpers("specgraph_keras")
        self.dialect = Dialect(
            layer=lambda use, suffix: Const(layer_name(use.path) + suffix),
            layer_name=lambda use: layer_name(use.path),
            prefix=lambda use: layer_name(use.path) + "/",
            reorder=self._permute,
            helper=self.helpers.use,
            reserved=RESERVED | {program.graph.name},
        )
        self.permutes: dict[str, int] = {}

    def plan(self) -> Plan:
        """The file, its slots, and where every value is."""
        program = self.program
        body = Writer(program, self.dialect).write()
        entry = program.graph.name
        definition = FunctionDef(entry, [], None, self._statements(body))
        module = Module(docstring(program), [], [])
        module.body = [
            *self._imports(definition),
            *self.helpers.includes(),
            definition,
        ]
        allowed = frozenset({self.root.partition(".")[0]}) | self.helpers.modules
        text, taps = printed(program, module, allowed)
        return Plan(
            backend=self.backend,
            graph=program.graph,
            files={"model.py": text},
            entry=entry,
            slots=body.slots,
            values=physical(program),
            taps=taps,
            aliases=body.aliases,
            doors={n: program.orders[v] for n, v in program.outputs.items()},
            logits_layer=self._logits_layers(),
            helpers=tuple(self.helpers.used),
        )

    def _logits_layers(self) -> dict[str, str]:
        """The layers whose outputs the losses are computed from."""
        found = {}
        for output, logits in self.logits.items():
            source = self.program.origins.get(logits, logits)
            if source.producer is not None:
                found[output] = layer_name(source.producer.path)
        return found

    def _imports(self, definition: FunctionDef) -> list[Stmt]:
        used = names_in(definition)
        members = [name for name in MEMBERS if name in used]
        wanted: list[Import | ImportFrom] = [self._keras()]
        if members:
            wanted.append(ImportFrom(self.root, list(members)))
        for statement in self.helpers.imports():
            wanted.append(self._rooted(statement))
        return imports(wanted)

    def _keras(self) -> Import | ImportFrom:
        package, _, member = self.root.rpartition(".")
        return ImportFrom(package, [member]) if package else Import("keras")

    def _rooted(self, statement: Import | ImportFrom) -> Import | ImportFrom:
        """A helper's import, from where this file has Keras."""
        if statement.module != "keras":
            return statement
        if isinstance(statement, Import):
            return self._keras()
        return ImportFrom(self.root, statement.names)

    def _statements(self, body: Body) -> list[Stmt]:
        statements = [self._input(name) for name in self.program.inputs]
        inputs = {n: entry.value for n, entry in self.program.inputs.items()}
        made = call(
            "keras.Model",
            _structure(inputs, body),
            _structure(self.program.outputs, body),
            name=self.program.graph.name,
        )
        return [*statements, *body.statements, Return(made)]

    def _input(self, name: str) -> Stmt:
        found = self.program.inputs[name].value
        order = self.program.orders[found]
        sizes = [found.type.shape[axis - 1] for axis in order[1:]]
        shape = tuple(size if isinstance(size, int) else None for size in sizes)
        named = {} if found.type.dtype == "float32" else {"dtype": found.type.dtype}
        made = call("keras.Input", value(shape), **named, name=name)
        return Assign([Name(variable_name(name))], made)

    def _permute(self, entry: Reorder, given: Expr) -> Expr:
        name = f"{layer_name(entry.path)}_permute"
        count = self.permutes[name] = self.permutes.get(name, 0) + 1
        name = name if count == 1 else f"{name}_{count}"
        made = call("layers.Permute", value(entry.axes[1:]), name=name)
        return call(made, given)


def layer_name(path: tuple[str, ...]) -> str:
    """A path as Keras names a layer."""
    return "_".join(path)


def _structure(values: dict[str, Value], body: Body) -> Expr:
    """One value bare, several as a dict by name."""
    if len(values) == 1:
        return body.read(next(iter(values.values())))
    return Dict([(Const(name), body.read(one)) for name, one in values.items()])

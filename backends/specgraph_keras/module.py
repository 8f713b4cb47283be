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
from specgraph.lower.program import Program, Reorder, Use
from specgraph.lower.pycode import (
    Assign,
    Const,
    Dict,
    Expr,
    FunctionDef,
    Import,
    ImportFrom,
    Module,
    Return,
    Stmt,
)
from specgraph.spec.names import variable_name
from specgraph_keras.helpers import HELPERS
from specgraph_keras.naming import LayerNames, called_layer, origin, with_names

RESERVED = frozenset(
    {"keras", "layers", "ops", "initializers", "regularizers", "tf", *HELPERS}
)
MEMBERS = ("initializers", "layers", "ops", "regularizers")


class KerasModule:
    """Writes model.py of one program; `root` is where Keras is imported from."""

    def __init__(self, program: Program, backend: str, root: str = "keras") -> None:
        self.logits = program.logits
        self.program = replace(program, logits={})
        self.backend = backend
        self.root = root
        self.helpers = Helpers("specgraph_keras")
        self.names = LayerNames(program)
        self.entry = variable_name(program.graph.name)
        while self.entry in RESERVED:
            self.entry += "_"

    def plan(self) -> Plan:
        """The file, its slots, and where every value is."""
        body = self._written()
        unnamed = [v for v in self.logits.values() if self._layer_of(v, body) is None]
        if unnamed:
            items = with_names(self.program.items, unnamed, self.program)
            self.program = replace(self.program, items=items)
            self.names = LayerNames(self.program)
            body = self._written()
        program = self.program
        definition = FunctionDef(self.entry, [], None, self._statements(body))
        module = Module(docstring(program), [], [])
        module.body = [
            *self._imports(definition),
            *self.helpers.includes(),
            definition,
        ]
        text, taps = printed(program, module, self._allowed())
        return Plan(
            backend=self.backend,
            graph=program.graph,
            files={"model.py": text},
            entry=self.entry,
            slots=body.slots,
            values=physical(program),
            taps=taps,
            aliases=body.aliases,
            doors={n: program.orders[v] for n, v in program.outputs.items()},
            logits_layer=self._logits_layers(body),
            helpers=tuple(self.helpers.used),
        )

    def _written(self) -> Body:
        self.permutes: dict[Value, str] = {}
        dialect = Dialect(
            layer=lambda use, suffix: Const(self.names.of(use.path, suffix)),
            layer_name=lambda use: self.names.of(use.path),
            prefix=lambda use: self.names.of(use.path) + "/",
            reorder=self._permute,
            helper=self.helpers.use,
            reserved=RESERVED | {self.entry},
            keeps_inputs=True,
        )
        return Writer(self.program, dialect).write()

    def _layer_of(self, value: Value, body: Body) -> str | None:
        """The layer that a value is the only output of; None where there is none."""
        if value in self.permutes:
            return self.permutes[value]
        for name, entry in self.program.inputs.items():
            if entry.value is value:
                return name
        for use, lowered in body.lowered:
            if list(use.outputs.values()) == [value]:
                return called_layer(lowered.outputs["output"])
        return None

    def _logits_layers(self, body: Body) -> dict[str, str]:
        """The layers whose outputs the losses are computed from."""
        found = {}
        uses = [item for item in self.program.items if isinstance(item, Use)]
        made = {next(iter(use.outputs.values())): use for use in uses}
        for title, output in self.program.outputs.items():
            if title in self.logits:
                use = made[origin(self.program, output)]
                layer = self._layer_of(use.inputs.first, body)
                assert layer is not None
                found[title] = layer
        return found

    def _allowed(self) -> frozenset[str]:
        allowed = frozenset({self.root.partition(".")[0]}) | self.helpers.modules
        return allowed | {"tensorflow"} if "SizeCheck" in self.helpers.used else allowed

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
        statements = [self._input(name, body) for name in self.program.inputs]
        inputs = {n: entry.value for n, entry in self.program.inputs.items()}
        made = call(
            "keras.Model",
            _structure(inputs, body),
            _structure(self.program.outputs, body),
            name=self.program.graph.name,
        )
        return [*statements, *body.statements, Return(made)]

    def _input(self, name: str, body: Body) -> Stmt:
        found = self.program.inputs[name].value
        order = self.program.orders[found]
        sizes = [found.type.shape[axis - 1] for axis in order[1:]]
        shape = tuple(size if isinstance(size, int) else None for size in sizes)
        named = {} if found.type.dtype == "float32" else {"dtype": found.type.dtype}
        made = call("keras.Input", value(shape), **named, name=name)
        return Assign([body.read(found)], made)

    def _permute(self, entry: Reorder, given: Expr) -> Expr:
        name = self.permutes[entry.result] = self.names.new(entry.path, "_permute")
        return call(call("layers.Permute", value(entry.axes[1:]), name=name), given)


def _structure(values: dict[str, Value], body: Body) -> Expr:
    """One value bare, several as a dict by name."""
    if len(values) == 1:
        return body.read(next(iter(values.values())))
    return Dict([(Const(name), body.read(one)) for name, one in values.items()])

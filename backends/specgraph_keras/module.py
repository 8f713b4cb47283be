"""model.py for Keras: one function that builds a functional model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from specgraph.ir.graph import Graph, Path, Value, steps
from specgraph.lower.choices import decided
from specgraph.lower.code import call, value
from specgraph.lower.describe import docstring
from specgraph.lower.emit import Body, Dialect, Writer, physical, printed
from specgraph.lower.helpers import Helpers
from specgraph.lower.imports import imports
from specgraph.lower.instances import Instances, Places, without_idle
from specgraph.lower.layout import arrange, channels_last
from specgraph.lower.merge import NotUniform
from specgraph.lower.names import names_in
from specgraph.lower.parts import Shape
from specgraph.lower.plan import Plan
from specgraph.lower.program import Invoke, Program, Reorder, Use, legalize
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
from specgraph.lower.rules import Lowered, Rules
from specgraph.lower.runs import variables
from specgraph.ops.base import Op
from specgraph.spec.names import variable_name
from specgraph_keras.helpers import HELPERS
from specgraph_keras.hoist import Hoisted
from specgraph_keras.naming import LayerNames, called_layer, origin, with_names
from specgraph_keras.nested import Nested
from specgraph_keras.order import in_order
from specgraph_keras.parts import KerasParts
from specgraph_keras.sizes import with_checks
from specgraph_keras.ties import tied

RESERVED = frozenset(
    {
        "keras",
        "layers",
        "ops",
        "constraints",
        "initializers",
        "regularizers",
        "tf",
        *HELPERS,
    }
)
MEMBERS = ("constraints", "initializers", "layers", "ops", "regularizers")


def model(
    graph: Graph, rules: Rules[Op], backend: str, root: str = "keras"
) -> tuple[Program, Plan]:
    """model.py with blocks as functions; written out where they differ too much."""
    try:
        if graph.calls:
            return _with_functions(graph, rules, backend, root)
    except NotUniform:
        pass
    uses = with_checks(graph, legalize(graph, rules))
    program = in_order(arrange(graph, uses, channels_last))
    return program, KerasModule(program, backend, root).plan()


def _with_functions(
    graph: Graph, rules: Rules[Op], backend: str, root: str
) -> tuple[Program, Plan]:
    uses = with_checks(graph, legalize(graph, rules, steps(graph.items)))
    program = in_order(arrange(graph, uses, channels_last))
    module = KerasModule(
        program,
        backend,
        root,
        lambda dialect, taken: KerasParts(graph, rules, dialect, taken),
    )
    return program, module.plan()


class KerasModule:
    """Writes model.py of one program; `root` is where Keras is imported from."""

    def __init__(
        self,
        program: Program,
        backend: str,
        root: str = "keras",
        parts: Callable[[Dialect, frozenset[str]], KerasParts] | None = None,
    ) -> None:
        self.made = parts
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
        definitions: list[Stmt] = [definition]
        if self.parts is not None:
            definitions = [*self.parts.functions(), definition]
        module = Module(docstring(program), [], [])
        module.body = [
            *self._imports(definitions),
            *self.helpers.includes(),
            *definitions,
        ]
        text, taps = printed(program, module, self._allowed())
        found: Places = (body.slots, physical(program), taps, body.aliases)
        if self.parts is not None:
            parts = self.parts
            every = Instances(
                parts.parts, taps, self._place, parts.inline, "_", "/", True
            )
            found = every.mappings(program, body, found[1])
        if self.program.graph.calls:
            found = without_idle(program.graph, found)
        slots, values, taps_, aliases = found
        return Plan(
            backend=self.backend,
            graph=program.graph,
            files={"model.py": text},
            entry=self.entry,
            slots=slots,
            values=values,
            taps=taps_,
            aliases=aliases,
            doors={n: program.orders[v] for n, v in program.outputs.items()},
            logits_layer=self._logits_layers(body),
            helpers=tuple(self.helpers.used),
        )

    def _written(self) -> Body:
        self.permutes: dict[Value, str] = {}
        hoisted = Hoisted()

        def variable(use: Use) -> Expr:
            return hoisted.variable(use, Const(self.names.of(use.home)))

        dialect = Dialect(
            layer=lambda use, suffix: Const(self.names.of(use.home, suffix)),
            layer_name=lambda use: self.names.of(use.home),
            prefix=lambda use: self.names.of(use.home) + "/",
            reorder=self._permute,
            helper=self.helpers.use,
            reserved=RESERVED | {self.entry},
            keeps_inputs=True,
            hoist=hoisted.use,
            tie=lambda use, at, owned: tied(use, at, owned, variable),
        )
        self.parts = None
        self.nested = Nested(self.program)
        if self.made is not None:
            self.parts = self.made(dialect, frozenset({*RESERVED, self.entry}))
            dialect.invoke = self._invoke
            walked = variables(self.program.graph.items, self.parts.parts)
            dialect.reserved |= self.parts.titles | walked
        return Writer(self.program, dialect).write()

    def _place(self, shape: Shape | None, at: Path, path: Path) -> Path:
        """Where Keras has a layer: its path is joined to those around it."""
        if not path:
            return at
        names = self.names
        if shape is not None:
            assert self.parts is not None
            names = self.parts.names[shape.first]
        if path[-1].isdigit():
            return (*at, names.of(path[:-1]), path[-1])
        return (*at, names.of(path))

    def _invoke(self, one: Invoke, inputs: list[Expr], made: list[Expr]) -> Lowered:
        assert self.parts is not None
        name = Const(self.names.of(one.path))
        return self.parts.invoke(None, one, inputs, made, name, self.nested)

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

    def _imports(self, definitions: list[Stmt]) -> list[Stmt]:
        used = {name for one in definitions for name in names_in(one)}
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
        return [*statements, *decided(body.statements), Return(made)]

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

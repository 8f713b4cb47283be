"""What the builders of train.py share: the data file, its axes, weights by name."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from specgraph.diagnostics import Diagnostic, SpecError
from specgraph.ir.graph import Graph
from specgraph.lower.code import Argument, call, item
from specgraph.lower.imports import helper_imports, imports, load_helper
from specgraph.lower.names import names_in
from specgraph.lower.program import Program
from specgraph.lower.pycode import (
    Assign,
    BinOp,
    Compare,
    Const,
    Dict,
    Docstring,
    Expr,
    ExprStmt,
    FunctionDef,
    If,
    Import,
    ImportFrom,
    Module,
    Name,
    Param,
    Stmt,
    dotted,
)
from specgraph.lower.resources import Resource
from specgraph.lower.rules import Axes
from specgraph.lower.slots import AnySlot, Slot
from specgraph.ops.base import INTEGERS, TensorType
from specgraph.ops.dims import Dim
from specgraph.training.config import Training
from specgraph.training.metrics import (
    BinaryAccuracy,
    CategoricalAccuracy,
    Metric,
    SparseCategoricalAccuracy,
)
from specgraph.training.optimizers import Decaying, excludes

ALIAS = "target"
"""What the data file may call the target of the only output."""
ACCURACIES = (BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy)


@dataclass(frozen=True, slots=True)
class Stored:
    """An array of the data file: axes in the spec's order, the batch first."""

    name: str
    shape: tuple[Dim, ...]
    dtype: str
    order: Axes
    """The stored axes as the model takes them, the batch counted."""
    values: tuple[int, int] | None = None
    alias: str = ""

    @property
    def words(self) -> tuple[int | str, ...]:
        """The shape of one example; a size left open is a word."""
        return tuple(_word(dim) for dim in self.shape)

    @property
    def text(self) -> str:
        """The shape with the number of examples, as people write it."""
        return f"[{', '.join(['N', *map(str, self.words)])}]"

    def declaration(self) -> Expr:
        """`Array(…)`: what the file must hold."""
        named: dict[str, Argument] = {}
        if self.values is not None:
            low, high = self.values
            named["values"] = call("range", *((low, high) if low else (high,)))
        if self.alias:
            named["alias"] = self.alias
        return call("Array", self.words, self.dtype, **named)

    def moved(self) -> Stmt | None:
        """The statement that brings the axes into the model's order, if they are not."""
        if self.order == tuple(range(len(self.order))):
            return None
        held = item(Name("data"), self.name)
        move = _single_move(self.order)
        sizes = ("N", *self.words)
        comment = f"[{', '.join(str(sizes[axis]) for axis in self.order)}]"
        if move is None:
            return Assign([held], call("np.transpose", held, self.order), comment)
        return Assign([held], call("np.moveaxis", held, *move), comment)


def _word(dim: Dim) -> int | str:
    if isinstance(dim, int):
        return dim
    return "n" if str(dim) == "N" else str(dim)


def _single_move(order: Axes) -> tuple[int, int] | None:
    """The axis and its new place, where moving one axis gives this order."""
    last = len(order) - 1
    for source in range(1, last + 1):
        rest = [axis for axis in range(last + 1) if axis != source]
        place = order.index(source)
        rest.insert(place, source)
        if tuple(rest) == order:
            return (-1 if source == last else source, -1 if place == last else place)
    return None


def stored_arrays(program: Program, ids: str) -> list[Stored]:
    """What the data file holds: the inputs, then a target for each output.

    `ids` is the type that the framework wants class ids in.
    """
    arrays = []
    for name, entry in program.inputs.items():
        type_ = entry.value.type
        whole = type_.dtype in INTEGERS and entry.range is not None
        values = (int(entry.range[0]), int(entry.range[1])) if whole else None  # type: ignore[index]
        order = program.orders[entry.value]
        arrays.append(Stored(name, type_.shape, type_.dtype, order, values))
    alone = len(program.outputs) == 1 and ALIAS not in program.inputs
    for name, output in program.outputs.items():
        target = program.graph.training.losses[name].target  # type: ignore[union-attr]
        alias = ALIAS if alone and name != ALIAS else ""
        order = program.orders[output]
        if target != "class_ids":
            found = Stored(
                name, output.type.shape, output.type.dtype, order, None, alias
            )
        else:
            found = _class_ids(name, output.type, order, ids, alias)
        arrays.append(found)
    return arrays


def _class_ids(
    name: str, type_: TensorType, order: Axes, dtype: str, alias: str
) -> Stored:
    *shape, classes = type_.shape
    values = (0, classes) if isinstance(classes, int) else None
    kept = tuple(axis for axis in order if axis != len(shape) + 1)
    return Stored(name, tuple(shape), dtype, kept, values, alias)


def declarations(arrays: list[Stored]) -> Stmt:
    """`ARRAYS = {…}`."""
    entries: list[tuple[Expr | None, Expr]] = [
        (Const(array.name), array.declaration()) for array in arrays
    ]
    return Assign([Name("ARRAYS")], Dict(entries))


def moves(arrays: list[Stored]) -> list[Stmt]:
    """The statements that bring the stored axes into the model's order."""
    return [statement for array in arrays if (statement := array.moved())]


def docstring(graph: Graph, arrays: list[Stored]) -> str:
    """What the program does, and what the data file must hold."""
    width = max(len(array.name) for array in arrays)
    lines = [
        f"Trains {graph.name}: `python train.py --data data.npz --epochs 5`.",
        "",
        "The data file holds these arrays, their axes in the order of the spec:",
    ]
    for array in arrays:
        line = f"    {array.name:{width}}  {array.dtype} {array.text}"
        lines.append(f"{line}, or by the name {array.alias}" if array.alias else line)
    if graph.deviations:
        lines += ["", f"Deviations: {', '.join(graph.deviations)}"]
    return "\n".join([*lines, ""])


def loss_words(training: Training, penalized: bool) -> str:
    """What training makes small, for a docstring."""
    words = "the outputs' losses"
    if len(training.losses) == 1:
        (loss,) = training.losses.values()
        words = loss.label.replace("_", " ")
    return f"{words} and the penalties" if penalized else words


def metric_names(metrics: tuple[Metric, ...]) -> list[str]:
    """What each metric is reported as: its name, or `accuracy` of whatever kind."""
    names: list[str] = []
    for metric in metrics:
        name = base = "accuracy" if isinstance(metric, ACCURACIES) else metric.label
        number = 2
        while name in names:
            name, number = f"{base}_{number}", number + 1
        names.append(name)
    return names


def penalized(
    graph: Graph, slots: Mapping[str, AnySlot]
) -> dict[tuple[float, float], list[str]]:
    """The framework's tensors that regularizers penalize, by the factors of l1 and l2."""
    params = graph.parameters(trainable=True)
    found: dict[tuple[float, float], list[str]] = {}
    for key, slot in slots.items():
        pieces = slot.pieces if isinstance(slot, Slot) else ()
        regularizers = [
            params[piece.param].regularizer for piece in pieces if piece.param in params
        ]
        factors = _same([r.factors() if r else None for r in regularizers], key, graph)
        if factors is not None:
            found.setdefault(factors, []).append(key)
    return found


def _same(
    factors: list[tuple[float, float] | None], key: str, graph: Graph
) -> tuple[float, float] | None:
    if len(set(factors)) > 1:
        node = next(iter(graph.walk()))
        message = f"weights that are one tensor ({key}) need one regularizer"
        raise SpecError(Diagnostic("unsupported", message, node.at))
    return factors[0] if factors else None


def exempt_tensors(
    graph: Graph, optimizer: Decaying, slots: Mapping[str, AnySlot]
) -> set[str]:
    """The framework's tensors that do not decay."""
    spared = {
        f"{node.name}.{param.name}"
        for node in graph.walk()
        for param in node.params
        for entry in optimizer.exclude
        if excludes(
            entry,
            role=param.name,
            op=node.op.label,
            path=f"{node.name}.{param.name}",
        )
    }
    return {
        key
        for key, slot in slots.items()
        if isinstance(slot, Slot) and any(p.param in spared for p in slot.pieces)
    }


def endings(chosen: set[str], names: Collection[str]) -> tuple[str, ...]:
    """Endings that `chosen` names have and no other; the whole names where none do."""
    others = [name for name in names if name not in chosen]
    found: list[str] = []
    for name in names:
        if name in chosen and not name.endswith(tuple(found)):
            ending = next(
                (e for e in _endings(name) if not any(o.endswith(e) for o in others)),
                name,
            )
            found.append(ending)
    return tuple(found)


def _endings(name: str) -> Iterator[str]:
    """The name's endings that begin a word, the shortest first."""
    for at in range(len(name) - 1, 0, -1):
        if name[at - 1] in "./_" and not name[at].isdigit():
            yield name[at:]
    yield name


@dataclass(frozen=True, slots=True)
class Fixed:
    """The definitions of a backend that no spec changes, copied into its programs."""

    always: tuple[tuple[str, str, tuple[str, ...]], ...]
    """What every program carries, in order: package, file of `emit/`, definitions."""
    optional: Mapping[str, tuple[str, str]]
    """What a program carries if it says so, by the package and file it is in."""
    imports: tuple[Import | ImportFrom, ...]
    """What the part that depends on the spec may use."""
    modules: frozenset[str]
    """What a program may import."""
    built: str
    """How to call what builds the model, where its own name is taken."""
    keras: str = "keras"
    """Where Keras is imported from."""

    def taken(self) -> set[str]:
        """The names a program has of its own."""
        names = {"ARRAYS", *LOCALS, *self.optional, *dir(builtins)}
        for package, file, wanted in self.always:
            names |= set(wanted)
            for one in wanted:
                names |= _imported(helper_imports(package, f"emit/{file}.py", one))
        return names | _imported(self.imports)

    def entry(self, name: str) -> str:
        """What the program calls the model's class or function."""
        taken = self.taken()
        found = name
        while found in taken:
            found = self.built.format(found)
        return found

    def module(self, text: str, entry: str, known_as: str, body: list[Stmt]) -> Module:
        """The program: imports, what it carries, and the part of the spec."""
        said: set[str] = set()
        for statement in body:
            said |= names_in(statement)
        carried = [
            (package, file, one)
            for package, file, wanted in self.always
            for one in wanted
        ]
        for one in reversed(list(self.optional)):
            if one in said:
                said |= _said_by(*self.optional[one], one)
        carried += [(*at, one) for one, at in self.optional.items() if one in said]
        wanted = [
            statement for statement in self.imports if _imported([statement]) & said
        ]
        for package, file, one in carried:
            wanted += [
                statement
                for statement in helper_imports(package, f"emit/{file}.py", one)
                if not statement.module.startswith("specgraph_")
            ]
        pair = entry if entry == known_as else (entry, known_as)
        wanted.append(ImportFrom("model", [pair]))
        includes: list[Stmt] = [
            load_helper(package, f"emit/{file}.py", one)
            for package, file, one in carried
        ]
        block = imports(map(self._rooted, wanted), local=("model",))
        return Module(text, [], [*block, *includes, *body, _run_as_program()])

    def _rooted(self, statement: Import | ImportFrom) -> Import | ImportFrom:
        """An import, with Keras from where this backend has it."""
        if statement.module != "keras" or self.keras == "keras":
            return statement
        if isinstance(statement, Import):
            package, _, member = self.keras.rpartition(".")
            return ImportFrom(package, [member])
        return ImportFrom(self.keras, statement.names)


LOCALS = (
    *("argv", "batch", "data", "history", "loss", "main", "measures", "model"),
    *("optimizer", "options", "penalty", "output", "outputs", "logits", "target"),
    *("up_to_logits", "examples", "objective", "trained", "training", "inputs"),
)
"""What the functions of a program call their own."""


def _said_by(package: str, file: str, name: str) -> set[str]:
    """The names that a definition mentions."""
    found = Resource(package, f"emit/{file}.py").find(name)
    return {node.id for node in ast.walk(found) if isinstance(node, ast.Name)}


def _imported(statements: Iterable[Import | ImportFrom]) -> set[str]:
    """The names that import statements give."""
    names: set[str] = set()
    for statement in statements:
        if isinstance(statement, Import):
            names.add(statement.alias or statement.module.partition(".")[0])
        else:
            names |= {n if isinstance(n, str) else n[1] for n in statement.names}
    return names


def main_function(body: list[Stmt]) -> Stmt:
    """`main`, which does what the command line asks for."""
    first = Docstring("Trains the model on the data that the command line names.")
    words = BinOp(item(Name("Sequence"), Name("str")), "|", Const(None))
    params = [Param("argv", words, Const(None))]
    return FunctionDef("main", params, Const(None), [first, *body])


def _run_as_program() -> Stmt:
    """`if __name__ == "__main__": main()`."""
    test = Compare(Name("__name__"), "==", Const("__main__"))
    return If(test, [ExprStmt(call("main"))])


def loaded(training: Training) -> list[Stmt]:
    """The first lines of `main`: the options, and the data they name."""
    sizes = {"epochs": training.epochs, "batch_size": training.batch_size}
    options = call("arguments", Name("argv"), **sizes)
    data = call("load", dotted("options.data"), Name("ARRAYS"))
    return [Assign([Name("options")], options), Assign([Name("data")], data)]

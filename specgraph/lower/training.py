"""What the builders of train.py share: the data file, its axes, weights by name."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from specgraph.diagnostics import Diagnostic, SpecError
from specgraph.ir.graph import Graph, Node
from specgraph.lower.code import call, item
from specgraph.lower.imports import helper_imports, imports, load_helper
from specgraph.lower.names import names_in
from specgraph.lower.pycode import (
    BinOp,
    Compare,
    Const,
    Docstring,
    ExprStmt,
    FunctionDef,
    If,
    Import,
    ImportFrom,
    Module,
    Name,
    Param,
    Stmt,
)
from specgraph.lower.resources import Resource
from specgraph.lower.slots import AnySlot, Slot
from specgraph.ops.regularize import ActivityRegularization
from specgraph.training.config import Training
from specgraph.training.metrics import (
    BinaryAccuracy,
    CategoricalAccuracy,
    Metric,
    SparseCategoricalAccuracy,
)
from specgraph.training.optimizers import Decaying, excludes

ACCURACIES = (BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy)


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
        pieces = slot.pieces if isinstance(slot, Slot) and not slot.again else ()
        regularizers = [
            params[piece.param].regularizer for piece in pieces if piece.param in params
        ]
        factors = _same([r.factors() if r else None for r in regularizers], key, graph)
        if factors is not None:
            found.setdefault(factors, []).append(key)
    return found


def penalized_values(graph: Graph) -> list[Node]:
    """The nodes that add a penalty on what passes them."""
    return [n for n in graph.walk() if isinstance(n.op, ActivityRegularization)]


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
    """The framework's tensors that are trained and do not decay.

    Raises SpecError where a tensor is made of weights that do and weights that do not.
    """
    spared, decaying = _by_decay(graph, optimizer)
    exempt: set[str] = set()
    problems: list[Diagnostic] = []
    for key, slot in slots.items():
        if not isinstance(slot, Slot) or slot.again:
            continue
        params = [piece.param for piece in slot.pieces]
        held = [path for path in params if path in spared]
        others = [path for path in params if path in decaying]
        if held and others:
            problems.append(_half_exempt(spared[held[0]], key, held, others))
        elif held:
            exempt.add(key)
    if problems:
        raise SpecError(*problems)
    return exempt


def _by_decay(
    graph: Graph, optimizer: Decaying
) -> tuple[dict[str, Node], dict[str, Node]]:
    """The trained weights that are excluded, and those that are not, with their nodes."""
    spared: dict[str, Node] = {}
    decaying: dict[str, Node] = {}
    trained = graph.parameters(trainable=True)
    for node in graph.walk():
        for param in node.own_params:
            path = f"{node.name}.{param.name}"
            if path in trained:
                known = {"name": param.name, "op": node.op.label, "path": path}
                meant = any(excludes(entry, **known) for entry in optimizer.exclude)
                (spared if meant else decaying)[path] = node
    return spared, decaying


def _half_exempt(
    node: Node, key: str, held: list[str], others: list[str]
) -> Diagnostic:
    """Why weights that the framework has in one tensor must decay alike."""
    one, other = ", ".join(held), ", ".join(others)
    message = f"`exclude` spares {one} and not {other}, but both are one tensor ({key})"
    hint = f"add {other} to `exclude`, or leave {one} out of it"
    return Diagnostic("unsupported", message, node.at, hint)


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
    """The name's endings that begin with a part of the path, the shortest first."""
    for at in range(len(name) - 1, 0, -1):
        if name[at - 1] in "./":
            yield name[at:]
    yield name


OPTIONS_AND_DATA = (
    *("arguments", "positive", "fraction", "Array", "load", "mismatch", "count"),
    "split",
)
"""What every program has of `specgraph/emit/program.py` before it trains."""


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
                if not statement.module.startswith("specgraph")
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

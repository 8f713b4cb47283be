"""The data file of a training program: what it must hold, and in what order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from specgraph.ir.graph import Graph
from specgraph.lower.code import Argument, binary, call, item
from specgraph.lower.program import Program
from specgraph.lower.pycode import Assign, Const, Dict, Expr, Name, Stmt, dotted
from specgraph.lower.rules import Axes
from specgraph.ops.base import INTEGERS, TensorType
from specgraph.ops.dims import Dim, symbols
from specgraph.ops.sizes import least_legal

ALIAS = "target"
"""What the data file may call the target of the only output."""


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


def _word(dim: Dim | str) -> int | str:
    """A size as the file says it; `N` is the number of examples."""
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


def loaded(graph: Graph, arrays: list[Stored]) -> list[Stmt]:
    """The first lines of `main`: the options, and the data they name."""
    training = graph.training
    assert training is not None
    sizes = {"epochs": training.epochs, "batch_size": training.batch_size}
    options = call("arguments", Name("argv"), **sizes)
    wanted: list[Argument] = [dotted("options.data"), Name("ARRAYS")]
    words = {word for array in arrays for word in array.words}
    legal: list[tuple[Expr | None, Expr]] = [
        (Const(_word(name)), found)
        for name, found in _limits(graph)
        if _word(name) in words
    ]
    if legal:
        wanted.append(Dict(legal))
    data = call("load", *wanted)
    return [Assign([Name("options")], options), Assign([Name("data")], data)]


def _limits(graph: Graph) -> Iterator[tuple[str, Expr]]:
    """The legal sizes of the dimensions that are not free to be any."""
    dims = [dim for found in graph.typed() for dim in found.type.shape]
    least: Mapping[str, int] = {}
    if all(len(symbols(dim)) < 2 for dim in dims):
        least = least_legal(dims, graph.bounds) or {}
    for name, bounds in graph.bounds.items():
        first = least.get(name, bounds.least)
        step = bounds.multiple_of
        if first > 1 or bounds.max is not None or step > 1:
            end: Argument = binary(2, "**", 31)
            if bounds.max is not None:
                end = bounds.max + 1
            yield name, call("range", first, end, *([step] if step > 1 else []))

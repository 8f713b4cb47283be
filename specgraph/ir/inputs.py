"""Model inputs: shapes, dtypes, layouts, and the values they may take."""

from __future__ import annotations

from specgraph.definition import show
from specgraph.ir.graph import Input, Value
from specgraph.ops.base import INTEGERS, DType, Layout, TensorType
from specgraph.ops.dims import MAX_SIZE, Dim, symbol
from specgraph.ops.sizes import Bounds
from specgraph.spec import schema
from specgraph.spec.evaluate import Evaluator, Unreadable
from specgraph.spec.names import dimension_problem
from specgraph.spec.source import Node as YamlNode
from specgraph.spec.source import Sequence as YamlSequence

LEAST: dict[DType, int] = {"int32": -(2**31), "int64": -(2**63), "uint8": 0}
MOST: dict[DType, int] = {"int32": 2**31, "int64": 2**63, "uint8": 256}
"""Integers an input may hold are at least the one, and below the other."""


class InputReader:
    """Turns the inputs of a spec into values; `bounds` gathers the named dimensions."""

    def __init__(
        self, evaluator: Evaluator, layout: Layout, bounds: dict[str, Bounds]
    ) -> None:
        self.evaluator = evaluator
        self.problems = evaluator.problems
        self.layout = layout
        self.bounds = bounds

    def input(self, written: schema.Input) -> Input | None:
        """The input; None where its shape has a problem, which is recorded."""
        range_ = self._range(written)
        shape = self._shape(written.shape) if written.shape is not None else None
        if shape is None:
            return None
        layout: Layout = written.layout or "none"
        if written.layout is None and len(shape) in (3, 4):
            layout = self.layout
        if layout != "none" and len(shape) < 2:
            message = f"a layout needs two or more dimensions, got {len(shape)}"
            self.problems.add("bad-value", message, written.at)
            return None
        value = Value(written.name, TensorType(shape, written.dtype, layout))
        return Input(value, range_, written.at, written.layout is not None)

    def _shape(self, node: YamlNode) -> tuple[Dim, ...] | None:
        try:
            value = self.evaluator.value(node)
        except Unreadable:
            return None
        if not isinstance(value, tuple):
            message = f"a shape is a list of dimensions, got {show(value)}"
            hint = "the batch axis is not written: [28, 28, 1]"
            self.problems.add("wrong-type", message, node, hint)
            return None
        at = node.items if isinstance(node, YamlSequence) else [node] * len(value)
        dims = [self._dim(*pair) for pair in zip(value, at, strict=True)]
        good = tuple(dim for dim in dims if dim is not None)
        return good if len(good) == len(dims) else None

    def _dim(self, value: object, at: YamlNode) -> Dim | None:
        if isinstance(value, str):
            why = dimension_problem(value)
            if why is None:
                self.bounds.setdefault(value, Bounds())
                return symbol(value)
            message = f"a dimension is an integer or a name, got {show(value)}"
            self.problems.add("bad-value", message, at, why)
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            message = f"a dimension is an integer or a name, got {show(value)}"
            hint = "name a dimension whose size varies: [time, 80]"
            self.problems.add("wrong-type", message, at, "" if value else hint)
            return None
        if not 1 <= value < MAX_SIZE:
            message = f"a dimension lies between 1 and 2^31 - 1, got {show(value)}"
            hint = "name a dimension whose size varies: [time, 80]"
            self.problems.add("bad-value", message, at, hint if value < 1 else "")
            return None
        return value

    def _range(self, written: schema.Input) -> tuple[float, float] | None:
        if written.range is None:
            return None
        try:
            value = self.evaluator.value(written.range)
        except Unreadable:
            return None
        problem = _range_problem(value, written.dtype)
        if problem is None:
            assert isinstance(value, tuple)
            return value
        message = f"`range` {problem}, got {show(value)}"
        hint = "half-open for integers, closed for floats: [0, 10000]"
        self.problems.add("bad-value", message, written.range, hint)
        return None


def _range_problem(value: object, dtype: DType) -> str | None:
    """What is wrong with a range, or None."""
    if dtype == "bool":
        return "is of numbers, and a bool is none"
    kinds = (int,) if dtype in INTEGERS else (int, float)
    what = "integers" if dtype in INTEGERS else "numbers"
    if not isinstance(value, tuple) or len(value) != 2:
        return f"is two ascending {what}"
    if any(isinstance(x, bool) or not isinstance(x, kinds) for x in value):
        return f"is two ascending {what}"
    low, high = value
    if not low < high or not abs(low) < 1e38 or not abs(high) < 1e38:
        return f"is two ascending {what}"
    if dtype in INTEGERS and not LEAST[dtype] <= low < high <= MOST[dtype]:
        return f"is within {dtype}: [{LEAST[dtype]}, {MOST[dtype]}]"
    return None

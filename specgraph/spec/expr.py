"""Expressions: `${...}` over parameters, walked on Python's own syntax tree.

Numbers, strings, booleans, lists, arithmetic, comparisons (`in` too), `and or not`,
`x if c else y`, indexing, slices, a few functions, and `input.channels`, `input.rank`,
`input.shape[i]`.  Nothing else, and nothing without a bound on its size and cost.
"""

from __future__ import annotations

import ast
import inspect
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeGuard

from specgraph.diagnostics import closest
from specgraph.spec.arithmetic import FUNCTIONS, OPERATORS, Refused, bounded
from specgraph.spec.grammar import SHAPED, ExprError, Parsed, parse_expression

__all__ = ["ExprError", "Shaped", "evaluate", "interpolate"]

_CONSTANTS = {"true": True, "false": False}
_MISSING = object()


class Shaped(Protocol):
    """A value of the model, as far as an expression may ask about it.

    `shape` holds the sizes as written, without the batch; an expression numbers them
    like axes.  Whatever has no answer raises a ValueError that says why.
    """

    @property
    def channels(self) -> object: ...
    @property
    def rank(self) -> object: ...
    @property
    def shape(self) -> Sequence[object]: ...


def evaluate(text: str, names: Mapping[str, object]) -> object:
    """The value of an expression; ExprError if it has none."""
    parsed = parse_expression(text)
    for name, offset in parsed.names:
        if name not in names and name not in _CONSTANTS:
            raise _unknown(name, offset, names)
    return _Evaluation(parsed, names).value(parsed.tree)


def interpolate(text: str, names: Mapping[str, object]) -> object:
    """`text` with every `${...}` replaced; one that is all of it keeps its type.

    `$${` stands for `${`.  Offsets of errors count in `text`.
    """
    pieces: list[str] = []
    position = 0
    while True:
        start = text.find("${", position)
        if start < 0:
            return "".join([*pieces, text[position:]])
        if start > position and text[start - 1] == "$":
            pieces.append(text[position : start - 1] + "${")
            position = start + 2
            continue
        end = _closing(text, start)
        try:
            value = evaluate(text[start + 2 : end], names)
        except ExprError as error:
            offset = error.offset + start + 2
            raise ExprError(error.message, offset, error.hint) from None
        if start == 0 and end == len(text) - 1:
            return value
        pieces += text[position:start], _as_text(value, start)
        position = end + 1


def with_values(text: str, names: Mapping[str, object]) -> str:
    """`text` with values written in the place of some names in its expressions."""
    pieces: list[str] = []
    position = 0
    while (start := text.find("${", position)) >= 0:
        if start > position and text[start - 1] == "$":
            pieces.append(text[position : start + 2])
            position = start + 2
            continue
        end = _closing(text, start)
        inner = text[start + 2 : end]
        for name, offset in sorted(
            parse_expression(inner).names, key=lambda found: -found[1]
        ):
            if name in names:
                value = _as_code(names[name])
                inner = inner[:offset] + value + inner[offset + len(name) :]
        pieces.append(f"{text[position:start]}${{{inner}}}")
        position = end + 1
    return "".join([*pieces, text[position:]])


def _as_code(value: object) -> str:
    """A value as an expression."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_as_code, value))}]"
    if isinstance(value, (int, float)) and value < 0:
        return f"({value!r})"
    return repr(value)


def _closing(text: str, start: int) -> int:
    """Where the `}` of the `${` at `start` stands, past braces and quotes inside."""
    depth, quote, index = 0, "", start + 2
    while index < len(text):
        char = text[index]
        if quote:
            index += char == "\\"
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char == "{":
            depth += 1
        elif char == "}":
            if not depth:
                return index
            depth -= 1
        index += 1
    what = f"a {quote} is never closed" if quote else "a '}' is missing"
    raise ExprError(f"{what} in '${{...}}'", start, "'$${' stands for a literal '${'")


def _as_text(value: object, offset: int) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        raise ExprError("a list cannot stand inside text", offset)
    return str(value)


def _unknown(name: str, offset: int, names: Mapping[str, object]) -> ExprError:
    meant = closest(name, names)
    if name == "input":
        hint = "`input` is the first input of a block; outside of one there is none"
    elif name in FUNCTIONS:
        hint = f"{name} is a function: {name}(...)"
    elif meant:
        hint = f"did you mean {meant!r}?"
    else:
        hint = f"known here: {', '.join(sorted(names)[:20]) or 'no name at all'}"
    return ExprError(f"unknown name {name!r}", offset, hint)


def _is_shaped(value: object) -> TypeGuard[Shaped]:
    """Whether a value has the three attributes; none of them is computed to tell."""
    if isinstance(value, (int, float, str, list, tuple)):
        return False
    return all(
        inspect.getattr_static(value, name, _MISSING) is not _MISSING for name in SHAPED
    )


class _Evaluation:
    """Walks one expression; every value on the way is bounded."""

    def __init__(self, parsed: Parsed, names: Mapping[str, object]) -> None:
        self._parsed = parsed
        self._names = names

    def value(self, node: ast.expr) -> Any:
        """The value of a part; errors point at the part that has none."""
        return _WALKERS[type(node)](self, node)

    def _step(self, node: ast.expr, function: Callable[..., Any], *args: Any) -> Any:
        """A bounded result, or an ExprError at `node`."""
        try:
            return bounded(function(*args))
        except ZeroDivisionError:
            reason = "division by zero"
        except OverflowError:
            reason = "a number is too large"
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            reason = str(error.args[0] if error.args else error)
        raise ExprError(reason, self._parsed.offset(node))

    def _constant(self, node: ast.Constant) -> Any:
        return self._step(node, lambda: node.value)

    def _name(self, node: ast.Name) -> Any:
        value = self._names.get(node.id, _MISSING)
        if value is _MISSING:
            return _CONSTANTS[node.id]
        if _is_shaped(value):
            raise ExprError(
                f"{node.id!r} is a value of the model, not a parameter",
                self._parsed.offset(node),
                f"ask for {node.id}.channels, {node.id}.rank or {node.id}.shape[i]",
            )
        return self._step(node, lambda: value)

    def _list(self, node: ast.List) -> Any:
        return self._step(node, lambda: [self.value(item) for item in node.elts])

    def _binary(self, node: ast.BinOp) -> Any:
        left, right = self.value(node.left), self.value(node.right)
        return self._step(node, OPERATORS[type(node.op)], left, right)

    def _unary(self, node: ast.UnaryOp) -> Any:
        operand = self.value(node.operand)
        return self._step(node, OPERATORS[type(node.op)], operand)

    def _boolean(self, node: ast.BoolOp) -> Any:
        stops_at = isinstance(node.op, ast.Or)
        for part in node.values:
            value = self.value(part)
            if self._truth(part, value) == stops_at:
                break
        return value

    def _conditional(self, node: ast.IfExp) -> Any:
        holds = self._truth(node.test, self.value(node.test))
        return self.value(node.body if holds else node.orelse)

    def _compare(self, node: ast.Compare) -> Any:
        left = self.value(node.left)
        for op, part in zip(node.ops, node.comparators, strict=True):
            right = self.value(part)
            result = self._step(node, OPERATORS[type(op)], left, right)
            if not self._truth(node, result):
                break
            left = right
        return result

    def _truth(self, node: ast.expr, value: Any) -> bool:
        return bool(self._step(node, operator.truth, value))

    def _call(self, node: ast.Call) -> Any:
        assert isinstance(node.func, ast.Name)
        args = [self.value(arg) for arg in node.args]
        return self._step(node, FUNCTIONS[node.func.id], *args)

    def _attribute(self, node: ast.Attribute) -> Any:
        """`input.channels` or `input.rank`; the grammar lets no other pass."""
        value = self._shaped(node)
        return self._step(node, lambda: getattr(value, node.attr))

    def _subscript(self, node: ast.Subscript) -> Any:
        if isinstance(node.value, ast.Attribute) and node.value.attr == "shape":
            shaped = self._shaped(node.value)
            axis = self.value(node.slice)
            return self._step(node, lambda: _size(shaped.shape, axis))
        sequence = self.value(node.value)
        if isinstance(node.slice, ast.Slice):
            edges = (node.slice.lower, node.slice.upper, node.slice.step)
            parts = [None if edge is None else self.value(edge) for edge in edges]
            return self._step(node, _index, sequence, slice(*parts))
        return self._step(node, _index, sequence, self.value(node.slice))

    def _shaped(self, node: ast.Attribute) -> Shaped:
        assert isinstance(node.value, ast.Name)
        value = self._names.get(node.value.id)
        if _is_shaped(value):
            return value
        raise ExprError(
            f"{node.value.id!r} is no value of the model: it has no .{node.attr}",
            self._parsed.offset(node),
        )


_WALKERS: dict[type[ast.expr], Callable[[_Evaluation, Any], Any]] = {
    ast.Constant: _Evaluation._constant,
    ast.Name: _Evaluation._name,
    ast.List: _Evaluation._list,
    ast.BinOp: _Evaluation._binary,
    ast.UnaryOp: _Evaluation._unary,
    ast.BoolOp: _Evaluation._boolean,
    ast.IfExp: _Evaluation._conditional,
    ast.Compare: _Evaluation._compare,
    ast.Call: _Evaluation._call,
    ast.Attribute: _Evaluation._attribute,
    ast.Subscript: _Evaluation._subscript,
}


def _index(sequence: Any, at: Any) -> Any:
    if not isinstance(sequence, (list, tuple, str)):
        raise Refused(f"only a list or a string has entries, not {sequence!r}")
    if isinstance(at, bool) or not isinstance(at, (int, slice)):
        raise Refused(f"an index is an integer, not {at!r}")
    try:
        return sequence[at]
    except IndexError:
        raise Refused(f"index {at} of {len(sequence)} entries") from None


def _size(shape: Sequence[object], axis: Any) -> object:
    """The size along an axis: 0 is the batch and refused, -1 the last."""
    if isinstance(axis, bool) or not isinstance(axis, int):
        raise Refused(f"an axis is an integer, not {axis!r}")
    rank = len(shape)
    if axis == 0 or not -rank <= axis <= rank:
        what = "axis 0 is the batch" if axis == 0 else f"there is no axis {axis}"
        raise Refused(f"{what}; the axes are 1 to {rank}, or -{rank} to -1")
    return shape[axis - 1 if axis > 0 else axis]

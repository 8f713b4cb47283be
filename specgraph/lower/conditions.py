"""`when` as code: the condition under which a layer of a body is there."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from specgraph.ir.graph import Path
from specgraph.lower.merge import Environment, Merge, expression, rebuilt
from specgraph.lower.parts import Part, label_of
from specgraph.lower.program import Invoke, Pass, Use
from specgraph.lower.pycode import (
    Assign,
    BinOp,
    BoolOp,
    Call,
    Compare,
    Comprehension,
    Const,
    Expr,
    For,
    IfExp,
    Name,
    Starred,
    Stmt,
    Subscript,
    UnaryOp,
)
from specgraph.spec.grammar import parse_expression
from specgraph.spec.schema import Layer
from specgraph.spec.source import Scalar
from specgraph.traced import OPERATORS, Formula, Traced, TracedInt, names

SIGNS: dict[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}


class Unsayable(Exception):
    """A condition that code cannot say with the names it has."""


def presence(
    part: Part,
    path: Path,
    there: Sequence[bool],
    merge: Merge,
    code: Sequence[Stmt] = (),
) -> Expr:
    """What is true of the instances that have a layer, and of no other.

    It is the layer's own `when`, or that a number of its code is above zero, or else
    an argument that says so.
    """
    candidates: list[Expr] = []
    written = _written(part, path)
    try:
        if written is not None:
            candidates.append(condition(written, _labels(part)))
    except Unsayable:
        pass
    formulas = _formulas(code)
    candidates += [Compare(expression(one), ">", Const(0)) for one in formulas]
    read = dict.fromkeys(name for one in formulas for name in names(one))
    candidates += [Compare(Name(name), "!=", Const(0)) for name in read]
    for found in candidates:
        try:
            truths = [bool(holds(found, one)) for one in merge.environments]
        except (Unsayable, KeyError, IndexError, TypeError, AssertionError):
            continue
        if truths == list(there):
            merge.used |= dict.fromkeys(mentioned(found))
            return found
    what = "_".join(filter(None, path)).replace(".", "_")
    return merge.code([Const(is_there) for is_there in there], what)


def _written(part: Part, path: Path) -> Layer | None:
    for one in part.program.items:
        if isinstance(one, Use) and one.path == path:
            return one.node.written
        if isinstance(one, Invoke | Pass) and one.path == path:
            return one.step.written
    return None


def runs_nowhere(code: object, path: Path, parts: Sequence[Part]) -> bool:
    """Whether the loop that the code of a layer is has no turns where it is left out.

    Then it needs no condition.
    """
    for part in parts:
        written = _written(part, path)
        if written is None or written.when is not None or written.repeat is None:
            return False
        try:
            if _times(code, part.environment) != 0:
                return False
        except (Unsayable, KeyError, TypeError, AssertionError):
            return False
    return True


def _times(code: object, environment: Environment) -> object:
    """How often a loop turns that is all that some code does."""
    match code:
        case Call(args=[Starred(value=Comprehension(iter=over))]):
            pass
        case Call(args=[Comprehension(iter=over)]):
            pass
        case [*before, For(iter=over)] if all(isinstance(b, Assign) for b in before):
            pass
        case _:
            raise Unsayable
    match over:
        case Call(func=Name(id="range"), args=[count]):
            return holds(count, environment)
    raise Unsayable


def _labels(part: Part) -> dict[str, Formula]:
    """What the channels of each input are called in code."""
    labels: dict[str, Formula] = {}
    for number, (name, value) in enumerate(part.body.inputs.items()):
        size = value.type.channels if label_of(value) is not None else None
        if isinstance(size, TracedInt):
            labels[name] = size.formula
            if not number:
                labels["input"] = size.formula
    return labels


def _formulas(statements: Sequence[Stmt]) -> list[Formula]:
    found: list[Formula] = []

    def note(part: object) -> object:
        if isinstance(part, Const) and isinstance(part.value, Traced):
            found.append(part.value.formula)
        return part

    rebuilt(list(statements), note)
    return found


def condition(layer: Layer, labels: dict[str, Formula]) -> Expr:
    """The condition of a layer; `labels` say what `x.channels` is called in code."""
    node = layer.when
    text = node.value if isinstance(node, Scalar) else None
    if not isinstance(text, str) or not text.startswith("${") or text[-1] != "}":
        raise Unsayable
    return _said(parse_expression(text[2:-1]).tree, labels)


def _said(node: ast.AST, labels: dict[str, Formula]) -> Expr:
    match node:
        case ast.Constant(value=value) if isinstance(value, bool | int | float | str):
            return Const(value)
        case ast.Name(id=name):
            return Name(name)
        case ast.Subscript(value=ast.Name(id=name), slice=place):
            return Subscript(Name(name), _said(place, labels))
        case ast.Attribute(value=ast.Name(id=name), attr="channels") if name in labels:
            return expression(labels[name])
        case ast.BinOp(left=left, op=op, right=right):
            return BinOp(_said(left, labels), SIGNS[type(op)], _said(right, labels))
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            if type(op) in SIGNS:
                found = _said(left, labels), _said(right, labels)
                return Compare(found[0], SIGNS[type(op)], found[1])
        case ast.BoolOp(op=op, values=values):
            word = "and" if isinstance(op, ast.And) else "or"
            return BoolOp(word, [_said(value, labels) for value in values])
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return UnaryOp("not", _said(operand, labels))
    raise Unsayable


def holds(found: Expr, environment: Environment) -> object:
    """The value of a condition under an instance's names; KeyError without one."""
    match found:
        case Const(value=value):
            return value
        case Name(id=name):
            return environment[name]
        case Subscript(value=left, index=right):
            return OPERATORS["[]"](holds(left, environment), holds(right, environment))
        case BinOp(left=left, op=op, right=right):
            return OPERATORS[op](holds(left, environment), holds(right, environment))
        case Compare(left=left, op=op, right=right):
            one, other = holds(left, environment), holds(right, environment)
            return _compared(op, one, other)
        case BoolOp(op=op, operands=operands):
            truths = [bool(holds(one, environment)) for one in operands]
            return all(truths) if op == "and" else any(truths)
        case UnaryOp(op="not", operand=operand):
            return not holds(operand, environment)
        case IfExp():
            raise Unsayable
    raise Unsayable


def _compared(op: str, one: object, other: object) -> bool:
    if op in ("==", "!="):
        return (one == other) is (op == "==")
    assert isinstance(one, int | float) and isinstance(other, int | float)
    return {
        "<": one < other,
        "<=": one <= other,
        ">": one > other,
        ">=": one >= other,
    }[op]


def mentioned(found: Expr) -> list[str]:
    """The names in a condition."""
    match found:
        case Name(id=name):
            return [name]
        case BinOp(left=left, right=right) | Compare(left=left, right=right):
            return [*mentioned(left), *mentioned(right)]
        case Subscript(value=left, index=right):
            return [*mentioned(left), *mentioned(right)]
        case BoolOp(operands=operands):
            return [name for one in operands for name in mentioned(one)]
        case UnaryOp(operand=operand):
            return mentioned(operand)
    return []

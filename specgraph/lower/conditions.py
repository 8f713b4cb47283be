"""`when` as code: the condition under which a layer of a body is there."""

from __future__ import annotations

import ast

from specgraph.lower.merge import Environment, expression
from specgraph.lower.pycode import (
    BinOp,
    BoolOp,
    Compare,
    Const,
    Expr,
    IfExp,
    Name,
    UnaryOp,
)
from specgraph.spec.grammar import parse_expression
from specgraph.spec.schema import Layer
from specgraph.spec.source import Scalar
from specgraph.spec.traced import OPERATORS, Formula

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
        case BoolOp(operands=operands):
            return [name for one in operands for name in mentioned(one)]
        case UnaryOp(operand=operand):
            return mentioned(operand)
    return []

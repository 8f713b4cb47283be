"""Where expressions need parentheses, and the spaces around tight operators."""

from types import EllipsisType

from specgraph.lower.pycode import (
    Attr,
    BinOp,
    BoolOp,
    Call,
    Compare,
    Const,
    Expr,
    IfExp,
    List,
    Name,
    Slice,
    Subscript,
    Tagged,
    Tuple,
    UnaryOp,
)

# How tightly expressions bind; a child below its place's floor takes parentheses.
ANY, TERNARY, DISJUNCTION, NEGATION, COMPARISON, BITWISE_OR = 0, 2, 3, 5, 6, 7
SIGN, POWER, PRIMARY, ATOM = 13, 14, 16, 17
BINARY = {
    "|": BITWISE_OR,
    "^": 8,
    "&": 9,
    "<<": 10,
    ">>": 10,
    "+": 11,
    "-": 11,
    "*": 12,
    "@": 12,
    "/": 12,
    "//": 12,
    "%": 12,
    "**": POWER,
}
UNARY = {"not": NEGATION, "-": SIGN, "+": SIGN, "~": SIGN}
BOOLEAN = {"or": DISJUNCTION, "and": 4}
COMPARISONS = frozenset(
    ("==", "!=", "<", "<=", ">", ">=", "is", "is not", "in", "not in")
)

_BINDING: dict[type, int] = {
    Name: ATOM,
    Attr: PRIMARY,
    Call: PRIMARY,
    Subscript: PRIMARY,
    IfExp: TERNARY,
    Tuple: ATOM,
    List: ATOM,
}


def bare(node: Expr) -> Expr:
    """The node under its tags."""
    while type(node) is Tagged:
        node = node.expr
    return node


def binding(node: Expr) -> int:
    """How tightly a node binds; ValueError for an operator that Python lacks."""
    node = bare(node)
    fixed = _BINDING.get(type(node))
    if fixed is not None:
        return fixed
    match node:
        case BinOp(op=op) if op in BINARY:
            return BINARY[op]
        case UnaryOp(op=op) if op in UNARY:
            return UNARY[op]
        case BoolOp(op=op) if op in BOOLEAN:
            return BOOLEAN[op]
        case Compare(op=op) if op in COMPARISONS:
            return COMPARISON
        case BinOp() | UnaryOp() | BoolOp() | Compare():
            raise ValueError(f"{node.op!r} is no operator of a {type(node).__name__}")
        case Const(value=value) if is_negative(value):
            return SIGN
    return ATOM


def is_negative(value: object) -> bool:
    return isinstance(value, int | float) and repr(value).startswith("-")


def is_number(node: Expr) -> bool:
    node = bare(node)
    if type(node) is not Const or isinstance(node.value, bool):
        return False
    return isinstance(node.value, int | float)


def left_floor(node: BinOp) -> int:
    """Of `a` in `a - b` and `a ** b`."""
    return BINARY[node.op] + (2 if node.op == "**" else 0)


def right_floor(node: BinOp) -> int:
    return SIGN if node.op == "**" else BINARY[node.op] + 1


def operand_floor(node: UnaryOp) -> int:
    """Of a unary operand; the formatter always sets off a power: `-(x**2)`."""
    operand = bare(node.operand)
    if type(operand) is BinOp and operand.op == "**":
        return ATOM
    return UNARY[node.op]


def base_floor(node: Expr) -> int:
    """Of what an attribute is taken of: `(2).real`."""
    return ATOM + 1 if is_number(node) else PRIMARY


def hugs_operator(node: BinOp) -> bool:
    """Whether a power is set without spaces: `x**2`, but `x ** f(y)`."""
    if node.op != "**" or binding(node.left) < left_floor(node):
        return False
    right, floor = bare(node.right), SIGN
    if isinstance(right, BinOp) and right.op == "**":
        floor = left_floor(right)
        right = bare(right.left)
    return binding(right) >= floor and _is_simple(node.left) and _is_simple(right)


def _is_simple(node: Expr) -> bool:
    node = bare(node)
    match node:
        case Const(value=value):
            return not isinstance(value, str | EllipsisType)
        case UnaryOp(op=op, operand=operand):
            return op != "not" and _is_simple(operand)
        case Attr(value=value):
            return _is_simple(value)
    return type(node) is Name


def spaced_slice(node: Slice) -> bool:
    """`x[a + 1 :]`, but `x[1:n]`."""
    return not all(
        part is None or _is_plain_bound(part)
        for part in (node.lower, node.upper, node.step)
    )


def _is_plain_bound(node: Expr) -> bool:
    node = bare(node)
    if type(node) is UnaryOp:
        return node.op != "not" and _is_plain_bound(node.operand)
    return type(node) in (Name, Const)

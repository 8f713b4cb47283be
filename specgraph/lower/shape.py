"""Questions about an expression on which the places of its line breaks depend.

Each mirrors a predicate of ruff's formatter (`ruff_python_formatter/expression`).
"""

from collections.abc import Iterator
from enum import Enum

from specgraph.lower.precedence import (
    BINARY,
    BITWISE_OR,
    BOOLEAN,
    DISJUNCTION,
    PRIMARY,
    TERNARY,
    bare,
    base_floor,
    binding,
    is_negative,
    left_floor,
    operand_floor,
    right_floor,
)
from specgraph.lower.pycode import (
    Attr,
    BinOp,
    BoolOp,
    Call,
    Compare,
    Comprehension,
    Const,
    Dict,
    Expr,
    IfExp,
    List,
    Starred,
    Subscript,
    Tuple,
    UnaryOp,
)

# Operators from those that split last to those that split first.
SPLIT_NONE, SPLIT_ATTRIBUTE, SPLIT_POWER, SPLIT_INVERT, SPLIT_BINARY = 0, 1, 2, 3, 4
SPLIT_COMPARE, SPLIT_BOOLEAN, SPLIT_TERNARY = 20, 21, 22


class Wants(Enum):
    """When an expression that ends a statement takes parentheses."""

    TO_SPLIT = 0  # it splits only inside them
    TO_FIT = 1  # it cannot split, but may fit on a line of its own
    NEVER = 2


def split_order(op: str) -> int:
    """Of a binary, boolean or comparison operator."""
    if op == "**":
        return SPLIT_POWER
    if op in BINARY:
        return SPLIT_BINARY + 13 - BINARY[op]
    return SPLIT_BOOLEAN if op in BOOLEAN else SPLIT_COMPARE


def children(node: Expr) -> Iterator[tuple[Expr, int]]:
    """The operands of an operator, left to right, and the floor of each place."""
    match node:
        case BinOp():
            yield node.left, left_floor(node)
            yield node.right, right_floor(node)
        case UnaryOp():
            yield node.operand, operand_floor(node)
        case Compare():
            yield node.left, BITWISE_OR
            yield node.right, BITWISE_OR
        case BoolOp():
            for operand in node.operands:
                yield operand, BOOLEAN[node.op] + 1
        case IfExp():
            yield node.body, DISJUNCTION
            yield node.test, DISJUNCTION
            yield node.orelse, TERNARY
        case Starred():
            yield node.value, BITWISE_OR


def owner(node: Expr) -> tuple[Expr, bool] | None:
    """What a call, subscript or attribute is of, and whether in parentheses."""
    if isinstance(node, Attr):
        value, floor = node.value, base_floor(node.value)
    elif isinstance(node, Call):
        value, floor = node.func, PRIMARY
    elif isinstance(node, Subscript):
        value, floor = node.value, PRIMARY
    else:
        return None
    return bare(value), binding(value) < floor


def is_fluent(node: Expr) -> bool:
    """A chain of at least two attributes of calls, subscripts or parentheses."""
    node = bare(node)
    links = 0
    while (found := owner(node)) is not None:
        value, parenthesized = found
        computed = parenthesized or isinstance(value, Call | Subscript)
        links += isinstance(node, Attr) and computed
        if parenthesized:
            break
        node = value
    return links >= 2


def wants_parentheses(node: Expr) -> Wants:
    node = bare(node)
    found = owner(node)
    if found is not None:
        if is_fluent(node):
            return Wants.TO_SPLIT
        return Wants.NEVER if found[1] else wants_parentheses(found[0])
    match node:
        case Tuple() | List() | Dict() | Comprehension():
            return Wants.NEVER
        case BinOp() | BoolOp() | Compare() | IfExp() | Starred():
            return Wants.TO_SPLIT
        case UnaryOp():
            if binding(node.operand) < operand_floor(node):
                return Wants.NEVER
            return wants_parentheses(node.operand)
    return Wants.TO_FIT


def own_brackets(node: Expr) -> bool | None:
    """None without brackets of its own; else whether there is something in them."""
    match bare(node):
        case Comprehension() | Subscript():
            return True
        case Tuple(items=items) | List(items=items):
            return bool(items)
        case Dict(items=pairs):
            return bool(pairs)
        case Call(args=args, kwargs=kwargs):
            return bool(args or kwargs)
    return None


def is_splittable(node: Expr) -> bool:
    """Whether a line break can go inside, given parentheses."""
    node = bare(node)
    match node:
        case Compare() | BinOp() | BoolOp() | IfExp() | Comprehension() | Subscript():
            return True
        case Tuple(items=items) | List(items=items):
            return bool(items)
        case Dict(items=pairs):
            return bool(pairs)
        case UnaryOp(operand=operand):
            return is_splittable(operand)
        case Call(args=args, kwargs=kwargs):
            return bool(args or kwargs) or binding(node.func) < PRIMARY
        case Starred(value=value):
            return binding(value) < BITWISE_OR or is_splittable(value)
        case Attr(value=value):
            return binding(value) < base_floor(value) or is_splittable(value)
    return False


def can_omit_parentheses(node: Expr) -> bool:
    """Whether brackets inside can split in place of parentheses around it."""
    scan = _Scan()
    scan.inside(bare(node))
    if not scan.bracketed or scan.count > 1:
        return False
    if scan.highest in (SPLIT_NONE, SPLIT_ATTRIBUTE):
        return True
    return _ends_in_brackets(scan.last) or _ends_in_brackets(scan.first)


def _ends_in_brackets(place: tuple[Expr, bool] | None) -> bool:
    if place is None or isinstance(place[0], Subscript):
        return False
    return place[1] or own_brackets(place[0]) is True


class _Scan:
    """What is at the ends of an expression, and its operators that split first."""

    def __init__(self) -> None:
        self.highest = SPLIT_NONE
        self.count = 0
        self.bracketed = False
        self.last: tuple[Expr, bool] | None = None
        self.first: tuple[Expr, bool] | None = None
        self.started = False

    def operator(self, order: int, count: int) -> None:
        if order > self.highest:
            self.highest, self.count = order, count
        elif order == self.highest:
            self.count += count

    def visit(self, node: Expr, parenthesized: bool) -> None:
        node = bare(node)
        self.last = (node, parenthesized)
        if parenthesized:
            self.bracketed = True
        else:
            self.inside(node)
        if not self.started:
            self.started, self.first = True, (node, parenthesized)

    def inside(self, node: Expr) -> None:
        found = owner(node)
        if found is not None:
            self._of_owner(node, *found)
            return
        match node:
            case Tuple() | List() | Dict() | Comprehension():
                self.bracketed = True
                return
            case BoolOp():
                self.operator(SPLIT_BOOLEAN, len(node.operands) - 1)
            case BinOp():
                self.operator(split_order(node.op), 1)
            case IfExp():
                self.operator(SPLIT_TERNARY, 2)
            case Compare():
                self.operator(SPLIT_COMPARE, 1)
            case UnaryOp():
                if node.op == "~":
                    self.operator(SPLIT_INVERT, 1)
                self.started = True
            case Starred():
                self.started = True
            case Const(value=value) if is_negative(value):
                self.started = True
                self.last = (Const(-value), False)  # type: ignore[operator]
        for child, floor in children(node):
            self.visit(child, binding(child) < floor)

    def _of_owner(self, node: Expr, value: Expr, parenthesized: bool) -> None:
        self.visit(value, parenthesized)
        if isinstance(node, Attr):
            if parenthesized or own_brackets(value) is not None:
                self.operator(SPLIT_ATTRIBUTE, 1)
        else:
            self.bracketed = True
        self.last = (node, False)

"""Expressions as documents: where each may break, following ruff's formatter."""

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any

from specgraph.lower.brackets import BARE, Brackets
from specgraph.lower.document import (
    Break,
    Doc,
    Group,
    Mark,
    ParenthesesIfHelpful,
    When,
)
from specgraph.lower.flat import Line
from specgraph.lower.precedence import (
    BITWISE_OR,
    DISJUNCTION,
    PRIMARY,
    TERNARY,
    bare,
    base_floor,
    binding,
    hugs_operator,
    operand_floor,
    spaced_slice,
)
from specgraph.lower.pycode import (
    Attr,
    BinOp,
    BoolOp,
    Call,
    Compare,
    Comprehension,
    Dict,
    Expr,
    IfExp,
    List,
    Slice,
    Starred,
    Subscript,
    Tagged,
    Tuple,
    UnaryOp,
)
from specgraph.lower.shape import (
    Wants,
    can_omit_parentheses,
    children,
    is_fluent,
    split_order,
    wants_parentheses,
)


class Parenthesize(Enum):
    """What a statement does for an expression that does not fit."""

    IF_BREAKS = 0
    OPTIONAL = 1
    IF_BREAKS_PARENTHESIZED = 2


class Breaker(Brackets):
    """Builds the documents of one statement and its expressions."""

    def __init__(self, line: Line) -> None:
        super().__init__()
        self._line = line

    def statement_value(
        self, node: Expr, mode: Parenthesize, wants: Wants | None = None
    ) -> Doc:
        """An expression that a statement may put in parentheses to break it."""
        wants = wants or wants_parentheses(node)
        if self.level != BARE or wants is Wants.NEVER:
            return self.expr(node)
        if wants is Wants.TO_FIT:
            if mode is Parenthesize.OPTIONAL:
                return self.expr(node)
            if mode is Parenthesize.IF_BREAKS:
                key = self.key()
                content = self.at(key, lambda: self.expr(node))
                return ParenthesesIfHelpful(content, key)
        if can_omit_parentheses(node):
            return self.optional_parentheses(lambda: self.expr(node))
        return self.parenthesized_if_broken(lambda: self.expr(node))

    # Expressions

    def place(self, node: Expr, floor: int) -> Doc:
        """A child, in parentheses where its place needs them."""
        if binding(node) < floor:
            return self.bracketed("(", lambda: self.expr(node), ")")
        return self.expr(node)

    def expr(self, node: Expr, chained: bool | None = None) -> Doc:
        """A node without parentheses; `chained` once a call chain's layout is set."""
        if isinstance(node, Tagged):
            inner = self.expr(node.expr, chained)
            return [Mark(node.tag, False), inner, Mark(node.tag, True)]
        if isinstance(node, Attr | Call | Subscript):
            return self._chain(node, chained)
        builder = _BUILDERS.get(type(node))
        if builder is not None:
            return builder(self, node)
        return self._atom(node)

    def _atom(self, node: Expr) -> Doc:
        """Text that never breaks."""
        self._line.write(node)
        text, marks = self._line.take()
        if not marks:
            return text
        cuts = [(start, 1, Mark(tag, False)) for tag, start, _ in reversed(marks)]
        cuts += [(end, 0, Mark(tag, True)) for tag, _, end in marks]
        parts: list[Doc] = []
        done = 0
        for at, _, mark in sorted(cuts, key=lambda cut: cut[:2]):
            parts += [text[done:at], mark]
            done = at
        return [*parts, text[done:]]

    def items(self, docs: Sequence[Doc], trailing: bool | None = None) -> Doc:
        """Comma-separated; a comma after the last of several where they break."""
        parts: list[Doc] = []
        for doc in docs:
            parts.extend((doc, ",", Break.SPACE))
        del parts[-2:]
        if len(docs) > 1 if trailing is None else trailing:
            parts.append(When(",", True))
        return parts

    def _chain(self, node: Attr | Call | Subscript, chained: bool | None) -> Doc:
        fluent = chained
        if fluent is None:
            fluent = self.level != BARE and is_fluent(node)
        if isinstance(node, Attr):
            doc = self._attr(node, fluent)
        elif isinstance(node, Call):
            doc = [self._owner(node.func, PRIMARY, fluent), self._arguments(node)]
        else:
            index = self.bracketed("[", lambda: self._index(node.index), "]")
            doc = [self._owner(node.value, PRIMARY, fluent), index]
        return Group(doc) if fluent and chained is None else doc

    def _owner(self, node: Expr, floor: int, fluent: bool) -> Doc:
        if binding(node) < floor:
            return self.bracketed("(", lambda: self.expr(node), ")")
        if isinstance(bare(node), Attr | Call | Subscript):
            return self.expr(node, fluent)
        return self.expr(node)

    def _attr(self, node: Attr, fluent: bool) -> Doc:
        floor = base_floor(node.value)
        doc: list[Doc] = [self._owner(node.value, floor, fluent)]
        if fluent and (
            binding(node.value) < floor
            or isinstance(bare(node.value), Call | Subscript)
        ):
            doc.append(Break.SOFT)
        doc.append("." + self._line.name(node.attr))
        return doc

    def _arguments(self, node: Call) -> Doc:
        if not (node.args or node.kwargs):
            return "()"
        if len(node.args) == 1 and not node.kwargs:
            only = bare(node.args[0])
            if isinstance(only, Comprehension) and only.generator:
                return self._sole_generator(node.args[0])
        return self.bracketed("(", lambda: Group(self._all_arguments(node)), ")")

    def _all_arguments(self, node: Call) -> Doc:
        docs = [self.expr(argument) for argument in node.args]
        for name, value in node.kwargs:
            if name is None:
                docs.append(["**", self.place(value, BITWISE_OR)])
            else:
                docs.append([self._line.name(name) + "=", self.expr(value)])
        return self.items(docs)

    def _sole_generator(self, node: Expr) -> Doc:
        """A generator that is the only argument shares the call's parentheses."""
        if isinstance(node, Tagged):
            inner = self._sole_generator(node.expr)
            return [Mark(node.tag, False), inner, Mark(node.tag, True)]
        assert isinstance(node, Comprehension)
        return self.bracketed("(", lambda: Group(self._clauses(node)), ")")

    def _index(self, node: Expr) -> Doc:
        if not isinstance(node, Tuple) or not node.items:
            return self.expr(node)
        if len(node.items) == 1:
            return [self.expr(node.items[0]), ","]
        return Group(self.items([self.expr(item) for item in node.items]))

    def sliced(self, node: Slice) -> Doc:
        space = " " if spaced_slice(node) else ""
        parts: list[Doc] = []
        if node.lower is not None:
            parts.extend((self.expr(node.lower), space))
        parts.append(":")
        if node.upper is not None:
            parts.extend((space, self.expr(node.upper)))
        if node.step is not None:
            parts.append(f"{space}:{space}" if node.upper is not None else f":{space}")
            parts.append(self.expr(node.step))
        return parts

    def tupled(self, node: Tuple) -> Doc:
        if not node.items:
            return "()"
        if len(node.items) == 1:
            item = node.items[0]
            return self.bracketed("(", lambda: [self.expr(item), ","], ")")
        return self.bracketed("(", lambda: self.sequence(node), ")")

    def sequence(self, node: Tuple) -> Doc:
        """The items of a tuple without its parentheses."""
        return self.items([self.expr(item) for item in node.items])

    def listed(self, node: List) -> Doc:
        if not node.items:
            return "[]"
        items = node.items
        return self.bracketed(
            "[", lambda: self.items([self.expr(item) for item in items]), "]"
        )

    def mapping(self, node: Dict) -> Doc:
        if not node.items:
            return "{}"
        return self.bracketed(
            "{", lambda: self.items([self._pair(*pair) for pair in node.items]), "}"
        )

    def _pair(self, key: Expr | None, value: Expr) -> Doc:
        if key is None:
            return Group(["**", self.place(value, BITWISE_OR)])
        return Group([self.expr(key), ": ", self.expr(value)])

    def unary(self, node: UnaryOp) -> Doc:
        sign = "not " if node.op == "not" else node.op
        return [sign, self.place(node.operand, operand_floor(node))]

    def starred(self, node: Starred) -> Doc:
        return ["*", self.place(node.value, BITWISE_OR)]

    def if_exp(self, node: IfExp) -> Doc:
        return self.group(self._branches(node))

    def _branches(self, node: IfExp) -> Doc:
        return [
            self.place(node.body, DISJUNCTION),
            self.space(),
            "if ",
            self.place(node.test, DISJUNCTION),
            self.space(),
            "else ",
            self._orelse(node.orelse),
        ]

    def _orelse(self, node: Expr) -> Doc:
        """A conditional there shares the group of the one that it ends."""
        if not isinstance(bare(node), IfExp):
            return self.group(self.place(node, TERNARY))
        if isinstance(node, Tagged):
            inner = self._orelse(node.expr)
            return [Mark(node.tag, False), inner, Mark(node.tag, True)]
        assert isinstance(node, IfExp)
        return self._branches(node)

    def comprehension(self, node: Comprehension) -> Doc:
        left, right = ("(", ")") if node.generator else ("[", "]")
        return self.bracketed(left, lambda: Group(self._clauses(node)), right)

    def _clauses(self, node: Comprehension) -> Doc:
        target: Doc
        if isinstance(node.target, Tuple) and len(node.target.items) > 1:
            items = [self.expr(item) for item in node.target.items]
            target = [part for item in items for part in (item, ", ")][:-1]
        else:
            target = self.expr(node.target)
        parts: list[Doc] = [
            Group(self.expr(node.element)),
            Break.SPACE,
            ["for ", target, " in ", self.place(node.iter, DISJUNCTION)],
        ]
        for condition in node.conditions:
            parts += [Break.SPACE, "if ", self.place(condition, DISJUNCTION)]
        return parts

    def operators(self, node: BinOp | Compare | BoolOp) -> Doc:
        parts: list[Doc | _Operator] = []
        self._flatten(node, parts)
        return self.group(self._operators(parts))

    def _flatten(self, node: Expr, parts: "list[Doc | _Operator]") -> None:
        """Operands and operators in turn, through operands without parentheses."""
        inner = bare(node)
        operands = list(children(inner))
        assert isinstance(inner, BinOp | Compare | BoolOp)
        for position, (child, floor) in enumerate(operands):
            if position:
                hugs = isinstance(inner, BinOp) and hugs_operator(inner)
                parts.append(_Operator(inner.op, hugs))
            if binding(child) < floor:
                parts.append(self.place(child, floor))
            elif isinstance(bare(child), BinOp | Compare | BoolOp):
                start = len(parts)
                self._flatten(child, parts)
                self._mark(child, parts, start)
            else:
                parts.append(self.expr(child))

    def _mark(self, node: Expr, parts: "list[Doc | _Operator]", start: int) -> None:
        """Tags of operands that run from one part to the last."""
        while isinstance(node, Tagged):
            first, last = parts[start], parts[-1]
            assert not isinstance(first, _Operator)
            parts[start] = [Mark(node.tag, False), first]
            last = parts[-1]
            assert not isinstance(last, _Operator)
            parts[-1] = [last, Mark(node.tag, True)]
            node = node.expr

    def _operators(self, parts: "list[Doc | _Operator]") -> Doc:
        """The operators that bind least split first."""
        first = max(part.order for part in parts if isinstance(part, _Operator))
        docs: list[Doc] = []
        start = 0
        for at, part in enumerate(parts):
            if not isinstance(part, _Operator) or part.order != first:
                continue
            docs.append(self._side(parts[start:at]))
            if part.hugs:
                docs.extend((self.soft(), part.op, self.space_if_broken()))
            else:
                docs.extend((self.space(), part.op + " "))
            start = at + 1
        docs.append(self._side(parts[start:]))
        return docs

    def _side(self, parts: "list[Doc | _Operator]") -> Doc:
        only = parts[0]
        if len(parts) == 1 and not isinstance(only, _Operator):
            return only
        return self.group(self._operators(parts))


class _Operator:
    """Between two operands; `hugs` where a power is set without spaces."""

    __slots__ = ("hugs", "op", "order")

    def __init__(self, op: str, hugs: bool) -> None:
        self.op = op
        self.hugs = hugs
        self.order = split_order(op)


_BUILDERS: dict[type, Callable[[Breaker, Any], Doc]] = {
    Slice: Breaker.sliced,
    Tuple: Breaker.tupled,
    List: Breaker.listed,
    Dict: Breaker.mapping,
    UnaryOp: Breaker.unary,
    Starred: Breaker.starred,
    IfExp: Breaker.if_exp,
    Comprehension: Breaker.comprehension,
    BinOp: Breaker.operators,
    Compare: Breaker.operators,
    BoolOp: Breaker.operators,
}

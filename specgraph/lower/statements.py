"""Statements, without their bodies, as documents: where each may break."""

from collections.abc import Callable
from typing import Any

from specgraph.lower.brackets import soft_block
from specgraph.lower.breaking import Breaker, Parenthesize
from specgraph.lower.document import Doc, Group, ParenthesesIfHelpful, Variants
from specgraph.lower.flat import Line
from specgraph.lower.oneline import (
    ONE_LINE,
    augmented,
    imported,
    is_bare_tuple,
    module_path,
    parameter_name,
)
from specgraph.lower.precedence import bare, base_floor, binding, is_negative
from specgraph.lower.pycode import (
    AnnAssign,
    Assert,
    Assign,
    Attr,
    AugAssign,
    BinOp,
    Call,
    ClassDef,
    Const,
    Expr,
    ExprStmt,
    For,
    FString,
    FunctionDef,
    If,
    Import,
    ImportFrom,
    Name,
    Param,
    Pass,
    Raise,
    Return,
    Stmt,
    Subscript,
    Tuple,
    With,
)
from specgraph.lower.shape import (
    Wants,
    can_omit_parentheses,
    is_splittable,
    own_brackets,
    wants_parentheses,
)

IF_BREAKS = Parenthesize.IF_BREAKS
_ARITHMETIC = frozenset("|^+-") | {"<<", ">>"}


def broken(line: Line, node: Stmt) -> Doc:
    """The statement, or the header of a compound one, as a document."""
    return _BROKEN[type(node)](Breaker(line), node, line)


def moves_comment(node: Stmt) -> bool:
    """Whether a comment would go into the parentheses of the broken statement."""
    if isinstance(node, AnnAssign) and node.value is None:
        return _is_atom(node.annotation)
    if not isinstance(node, Assign | AnnAssign | AugAssign | Return):
        return False
    return node.value is None or _is_atom(node.value)


def _target(to: Breaker, node: Expr) -> Doc:
    """A target or annotation that may break before the value after it does."""
    if isinstance(node, Tuple) and len(node.items) > 1:
        return to.parenthesized_if_broken(lambda: to.sequence(node))
    if own_brackets(node) is not None or _is_of_brackets(node):
        return to.expr(node)
    if can_omit_parentheses(node):
        return to.optional_parentheses(lambda: to.expr(node))
    return to.parenthesized_if_broken(lambda: to.expr(node))


def _is_of_brackets(node: Expr) -> bool:
    """An attribute of something that has brackets to break in."""
    node = bare(node)
    if not isinstance(node, Attr):
        return False
    bracketed = own_brackets(node.value) is not None
    bracketed = bracketed or binding(node.value) < base_floor(node.value)
    return bracketed or _is_of_brackets(node.value)


def _value(to: Breaker, node: Expr) -> Doc:
    """What follows `=` or `return`, where nothing to its left can break."""
    if _is_atom(node):
        return ParenthesesIfHelpful(to.expr(node), to.key())
    return to.statement_value(node, IF_BREAKS)


def _is_atom(node: Expr) -> bool:
    """A value that never breaks."""
    node = bare(node)
    if isinstance(node, Const):
        return not is_negative(node.value)
    return isinstance(node, Name | FString)


def _after_target(to: Breaker, target: Expr, op: str, node: Expr) -> Doc:
    """`target op value`, where the target can break too."""
    wants = wants_parentheses(node)
    chain = isinstance(bare(node), Call | Subscript | Attr)
    if wants is not Wants.TO_FIT or not (chain or _is_atom(node)):
        return [_target(to, target), op, to.statement_value(node, IF_BREAKS, wants)]
    left = _target(to, target)
    value = to.expr(node)
    flat: Doc = [left, op, value]
    lone: Doc = [left, op, "(", Group(soft_block(value), expand=True), ")"]
    split: Doc = [Group(left, expand=True), op, value]
    if chain:
        own: Doc = [left, op, Group(value, expand=True)]
        return Variants([flat, own, lone, split])
    return Variants([flat, lone, split])


def _assign(to: Breaker, node: Assign, line: Line) -> Doc:
    *firsts, last = node.targets
    docs: list[Doc] = []
    value = node.value
    for position, target in enumerate(firsts):
        docs += [_first_target(to, target, position), " = "]
    unpacks = any(is_bare_tuple(target) for target in node.targets)
    if unpacks and isinstance(value, Tuple) and len(value.items) > 1:
        docs += [_target(to, last), " = "]
        docs.append(to.parenthesized_if_broken(lambda: to.sequence(value)))
        return docs
    if firsts or isinstance(bare(last), Tuple) or own_brackets(last) is not None:
        docs.append(_after_target(to, last, " = ", value))
    else:
        docs += [to.expr(last), " = ", _value(to, value)]
    return docs


def _first_target(to: Breaker, node: Expr, position: int) -> Doc:
    """A target before the last one; the very first never gains parentheses."""
    if isinstance(node, Tuple) and len(node.items) > 1:
        return to.parenthesized_if_broken(lambda: to.sequence(node))
    if not position or own_brackets(node) is not None or _is_of_brackets(node):
        return to.expr(node)
    return to.parenthesized_if_broken(lambda: to.expr(node))


def _ann_assign(to: Breaker, node: AnnAssign, line: Line) -> Doc:
    target: Doc = [to.expr(node.target), ": "]
    if node.value is None:
        return [target, _value(to, node.annotation)]
    if is_splittable(node.annotation):
        return [target, _after_target(to, node.annotation, " = ", node.value)]
    return [target, to.expr(node.annotation), " = ", _value(to, node.value)]


def _aug_assign(to: Breaker, node: AugAssign, line: Line) -> Doc:
    op = f" {augmented(node)} "
    if isinstance(bare(node.target), Tuple) or own_brackets(node.target) is not None:
        return _after_target(to, node.target, op, node.value)
    return [to.expr(node.target), op, _value(to, node.value)]


def _expr_stmt(to: Breaker, node: ExprStmt, line: Line) -> Doc:
    value = bare(node.value)
    if isinstance(value, BinOp) and value.op in _ARITHMETIC:
        return to.statement_value(node.value, Parenthesize.OPTIONAL)
    return to.expr(node.value)


def _return(to: Breaker, node: Return, line: Line) -> Doc:
    value = node.value
    assert value is not None
    if not isinstance(value, Tuple) or len(value.items) < 2:
        return ["return ", _value(to, value)]
    if len(value.items) == 2:
        return ["return ", to.optional_parentheses(lambda: to.sequence(value))]
    return ["return ", to.parenthesized_if_broken(lambda: to.sequence(value))]


def _raise(to: Breaker, node: Raise, line: Line) -> Doc:
    optional = Parenthesize.OPTIONAL
    docs: list[Doc] = ["raise ", to.statement_value(node.value, optional)]
    if node.cause is not None:
        docs += [" from ", to.statement_value(node.cause, optional)]
    return docs


def _assert(to: Breaker, node: Assert, line: Line) -> Doc:
    docs: list[Doc] = ["assert ", to.statement_value(node.test, IF_BREAKS)]
    if node.message is not None:
        last = Parenthesize.IF_BREAKS_PARENTHESIZED
        docs += [", ", to.statement_value(node.message, last)]
    return docs


def _if(to: Breaker, node: If, line: Line) -> Doc:
    return ["if ", to.statement_value(node.test, IF_BREAKS), ":"]


def _for(to: Breaker, node: For, line: Line) -> Doc:
    target = node.target
    left: Doc
    if isinstance(target, Tuple) and len(target.items) > 1:
        left = to.optional_parentheses(lambda: to.sequence(target))
    else:
        left = to.statement_value(target, IF_BREAKS)
    return ["for ", left, " in ", to.statement_value(node.iter, IF_BREAKS), ":"]


def _with(to: Breaker, node: With, line: Line) -> Doc:
    if len(node.items) == 1:
        context, target = node.items[0]
        if target is None:
            return ["with ", to.statement_value(context, IF_BREAKS), ":"]
        if can_omit_parentheses(context):
            single = to.optional_parentheses(lambda: _with_item(to, context, target))
            return ["with ", single, ":"]
    items = to.parenthesized_if_broken(
        lambda: to.items([_with_item(to, *item) for item in node.items])
    )
    return ["with ", items, ":"]


def _with_item(to: Breaker, context: Expr, target: Expr | None) -> Doc:
    if target is None:
        return to.expr(context)
    return [to.expr(context), " as ", to.expr(target)]


def _function(to: Breaker, node: FunctionDef, line: Line) -> Doc:
    docs: list[Doc] = [_parameters(to, node, line)]
    returns = node.returns
    if isinstance(returns, Tuple) and len(returns.items):
        docs += [" -> ", to.expr(returns)]
    elif returns is not None:
        mode = IF_BREAKS if node.params else Parenthesize.IF_BREAKS_PARENTHESIZED
        wants = wants_parentheses(returns)
        if isinstance(bare(returns), Subscript) and wants is Wants.TO_FIT:
            wants = Wants.NEVER if node.params else Wants.TO_SPLIT
        docs += [" -> ", to.statement_value(returns, mode, wants)]
    return [f"def {line.name(node.name)}", Group(docs), ":"]


def _parameters(to: Breaker, node: FunctionDef, line: Line) -> Doc:
    if not node.params:
        return "()"
    docs = to.at(
        -1, lambda: to.items([_parameter(to, p, line) for p in node.params], True)
    )
    only = len(node.params) == 1 and node.params[0].star in ("", "*", "**")
    return ["(", soft_block(docs if only else Group(docs)), ")"]


def _parameter(to: Breaker, param: Param, line: Line) -> Doc:
    docs: list[Doc] = [parameter_name(line, param)]
    if param.annotation is not None:
        docs += [": ", to.expr(param.annotation)]
    if param.default is not None:
        equals = " = " if param.annotation is not None else "="
        docs += [equals, to.expr(param.default)]
    return docs


def _class(to: Breaker, node: ClassDef, line: Line) -> Doc:
    bases = to.bracketed(
        "(", lambda: Group(to.items([to.expr(base) for base in node.bases])), ")"
    )
    return [f"class {line.name(node.name)}", bases if node.bases else "", ":"]


def _import_from(to: Breaker, node: ImportFrom, line: Line) -> Doc:
    names = to.parenthesized_if_broken(
        lambda: to.items(list(imported(line, node)), True)
    )
    return [f"from {module_path(line, node.module)} import ", names]


def _unbreakable(to: Breaker, node: Stmt, line: Line) -> Doc:
    ONE_LINE[type(node)](line, node)
    return line.take()[0]


def decorator(line: Line, node: Expr) -> Doc:
    """`@node`."""
    return ["@", Breaker(line).statement_value(node, Parenthesize.OPTIONAL)]


_BROKEN: dict[type, Callable[[Breaker, Any, Line], Doc]] = {
    Assign: _assign,
    AnnAssign: _ann_assign,
    AugAssign: _aug_assign,
    ExprStmt: _expr_stmt,
    Return: _return,
    Raise: _raise,
    Assert: _assert,
    If: _if,
    For: _for,
    With: _with,
    FunctionDef: _function,
    ClassDef: _class,
    ImportFrom: _import_from,
    Import: _unbreakable,
    Pass: _unbreakable,
}

"""The code model as Python's own syntax tree, built without its printed text."""

import ast
from collections.abc import Callable, Iterable
from typing import Any

from specgraph.lower.literals import docstring_lines
from specgraph.lower.precedence import is_negative
from specgraph.lower.pycode import (
    AnnAssign,
    Assert,
    Assign,
    Attr,
    AugAssign,
    BinOp,
    Blank,
    BoolOp,
    Call,
    ClassDef,
    CommentLine,
    Compare,
    Comprehension,
    Const,
    Dict,
    Docstring,
    Expr,
    ExprStmt,
    For,
    FString,
    FunctionDef,
    If,
    IfExp,
    Import,
    ImportFrom,
    Include,
    List,
    Module,
    Name,
    Param,
    Pass,
    Raise,
    Return,
    Slice,
    Starred,
    Stmt,
    Subscript,
    Tagged,
    Tuple,
    UnaryOp,
    With,
)
from specgraph.traced import plain

_OPERATORS: dict[str, type[ast.operator]] = {
    "|": ast.BitOr,
    "^": ast.BitXor,
    "&": ast.BitAnd,
    "<<": ast.LShift,
    ">>": ast.RShift,
    "+": ast.Add,
    "-": ast.Sub,
    "*": ast.Mult,
    "@": ast.MatMult,
    "/": ast.Div,
    "//": ast.FloorDiv,
    "%": ast.Mod,
    "**": ast.Pow,
}
_UNARY: dict[str, type[ast.unaryop]] = {
    "not": ast.Not,
    "-": ast.USub,
    "+": ast.UAdd,
    "~": ast.Invert,
}
_COMPARISONS: dict[str, type[ast.cmpop]] = {
    "==": ast.Eq,
    "!=": ast.NotEq,
    "<": ast.Lt,
    "<=": ast.LtE,
    ">": ast.Gt,
    ">=": ast.GtE,
    "is": ast.Is,
    "is not": ast.IsNot,
    "in": ast.In,
    "not in": ast.NotIn,
}


def module_ast(module: Module) -> ast.Module:
    """What Python should read in the printed file; expressions have no context."""
    body = block_ast([Docstring(module.docstring), *module.body], "")
    return ast.Module(body=body, type_ignores=[])


def block_ast(body: Iterable[Stmt], indent: str) -> list[ast.stmt]:
    """The statements of a block printed at `indent`."""
    made: list[ast.stmt] = []
    for node in body:
        if isinstance(node, Blank | CommentLine):
            continue
        if isinstance(node, Docstring):
            text = "\n".join(docstring_lines(node.text, indent)).strip(" ")
            if text:
                made.append(ast.Expr(ast.Constant(text[3:-3])))
        elif isinstance(node, Include):
            made.extend(ast.parse(node.source).body)
        else:
            made.append(_STATEMENTS[type(node)](node, indent + "    "))
    return made


def expr_ast(node: Expr) -> ast.expr:
    """An expression."""
    return _EXPRESSIONS[type(node)](node)


def _all(nodes: Iterable[Expr]) -> list[ast.expr]:
    return [expr_ast(node) for node in nodes]


def _maybe(node: Expr | None) -> ast.expr | None:
    return None if node is None else expr_ast(node)


def _const(node: Const) -> ast.expr:
    value: Any = node.value
    if isinstance(value, int | float):
        value = plain(value)
    if is_negative(value):
        return ast.UnaryOp(ast.USub(), ast.Constant(-value))
    return ast.Constant(value)


def _call(node: Call) -> ast.expr:
    keywords = [ast.keyword(name, expr_ast(value)) for name, value in node.kwargs]
    return ast.Call(expr_ast(node.func), _all(node.args), keywords)


def _slice(node: Slice) -> ast.expr:
    return ast.Slice(_maybe(node.lower), _maybe(node.upper), _maybe(node.step))


def _dict(node: Dict) -> ast.expr:
    keys = [_maybe(key) for key, _ in node.items]
    return ast.Dict(keys, _all(value for _, value in node.items))


def _bin_op(node: BinOp) -> ast.expr:
    op = _OPERATORS[node.op]()
    return ast.BinOp(expr_ast(node.left), op, expr_ast(node.right))


def _compare(node: Compare) -> ast.expr:
    op = _COMPARISONS[node.op]()
    return ast.Compare(expr_ast(node.left), [op], [expr_ast(node.right)])


def _bool_op(node: BoolOp) -> ast.expr:
    return ast.BoolOp(ast.And() if node.op == "and" else ast.Or(), _all(node.operands))


def _if_exp(node: IfExp) -> ast.expr:
    return ast.IfExp(expr_ast(node.test), expr_ast(node.body), expr_ast(node.orelse))


def _comprehension(node: Comprehension) -> ast.expr:
    clause = ast.comprehension(
        expr_ast(node.target), expr_ast(node.iter), _all(node.conditions), 0
    )
    kind = ast.GeneratorExp if node.generator else ast.ListComp
    return kind(expr_ast(node.element), [clause])


def _f_string(node: FString) -> ast.expr:
    values: list[ast.expr] = []
    for part in node.parts:
        if not isinstance(part, str):
            values.append(ast.FormattedValue(expr_ast(part), -1, None))
        elif values and isinstance(values[-1], ast.Constant):
            values[-1] = ast.Constant(f"{values[-1].value!s}{part}")
        elif part:
            values.append(ast.Constant(part))
    return ast.JoinedStr(values)


_EXPRESSIONS: dict[type, Callable[[Any], ast.expr]] = {
    Name: lambda node: ast.Name(node.id),
    Attr: lambda node: ast.Attribute(expr_ast(node.value), node.attr),
    Const: _const,
    Call: _call,
    Subscript: lambda node: ast.Subscript(expr_ast(node.value), expr_ast(node.index)),
    Slice: _slice,
    Tuple: lambda node: ast.Tuple(_all(node.items)),
    List: lambda node: ast.List(_all(node.items)),
    Dict: _dict,
    BinOp: _bin_op,
    UnaryOp: lambda node: ast.UnaryOp(_UNARY[node.op](), expr_ast(node.operand)),
    Compare: _compare,
    BoolOp: _bool_op,
    IfExp: _if_exp,
    Starred: lambda node: ast.Starred(expr_ast(node.value)),
    Comprehension: _comprehension,
    FString: _f_string,
    Tagged: lambda node: expr_ast(node.expr),
}


def _assign(node: Assign, inside: str) -> ast.stmt:
    return ast.Assign(_all(node.targets), expr_ast(node.value))


def _ann_assign(node: AnnAssign, inside: str) -> ast.stmt:
    target: Any = expr_ast(node.target)
    simple = int(isinstance(target, ast.Name))
    return ast.AnnAssign(target, expr_ast(node.annotation), _maybe(node.value), simple)


def _aug_assign(node: AugAssign, inside: str) -> ast.stmt:
    target: Any = expr_ast(node.target)
    return ast.AugAssign(target, _OPERATORS[node.op](), expr_ast(node.value))


def _if(node: If, inside: str) -> ast.stmt:
    orelse = node.orelse
    is_elif = len(orelse) == 1 and isinstance(orelse[0], If)
    rest = block_ast(orelse, inside[4:] if is_elif else inside)
    return ast.If(expr_ast(node.test), block_ast(node.body, inside), rest)


def _for(node: For, inside: str) -> ast.stmt:
    body = block_ast(node.body, inside)
    return ast.For(expr_ast(node.target), expr_ast(node.iter), body, [])


def _with(node: With, inside: str) -> ast.stmt:
    items = [ast.withitem(expr_ast(expr), _maybe(name)) for expr, name in node.items]
    return ast.With(items, block_ast(node.body, inside))


def _function(node: FunctionDef, inside: str) -> ast.stmt:
    return ast.FunctionDef(
        node.name,
        _arguments(node.params),
        block_ast(node.body, inside),
        _all(node.decorators),
        _maybe(node.returns),
    )


def _arguments(params: list[Param]) -> ast.arguments:
    made = ast.arguments(
        posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[]
    )
    made.vararg = made.kwarg = None
    after_star = False
    for param in params:
        arg = ast.arg(param.name, _maybe(param.annotation))
        if param.star == "**":
            made.kwarg = arg
        elif param.star:
            made.vararg = arg if param.name else None
            after_star = True
        elif after_star:
            made.kwonlyargs.append(arg)
            made.kw_defaults.append(_maybe(param.default))
        else:
            made.args.append(arg)
            if param.default is not None:
                made.defaults.append(expr_ast(param.default))
    return made


def _class(node: ClassDef, inside: str) -> ast.stmt:
    body = block_ast(node.body, inside)
    return ast.ClassDef(node.name, _all(node.bases), [], body, _all(node.decorators))


def _import_from(node: ImportFrom, inside: str) -> ast.stmt:
    names = [
        ast.alias(name, None) if isinstance(name, str) else ast.alias(*name)
        for name in node.names
    ]
    return ast.ImportFrom(node.module, names, 0)


_STATEMENTS: dict[type, Callable[[Any, str], ast.stmt]] = {
    Assign: _assign,
    AnnAssign: _ann_assign,
    AugAssign: _aug_assign,
    ExprStmt: lambda node, inside: ast.Expr(expr_ast(node.value)),
    Return: lambda node, inside: ast.Return(_maybe(node.value)),
    Raise: lambda node, inside: ast.Raise(expr_ast(node.value), _maybe(node.cause)),
    Assert: lambda node, inside: ast.Assert(expr_ast(node.test), _maybe(node.message)),
    Pass: lambda node, inside: ast.Pass(),
    If: _if,
    For: _for,
    With: _with,
    FunctionDef: _function,
    ClassDef: _class,
    Import: lambda node, inside: ast.Import(
        [ast.alias(node.module, node.alias or None)]
    ),
    ImportFrom: _import_from,
}

"""Statements, and the headers of compound ones, on one line."""

from collections.abc import Callable
from typing import Any

from specgraph.lower.flat import Line, write_target
from specgraph.lower.precedence import BINARY, bare
from specgraph.lower.pycode import (
    AnnAssign,
    Assert,
    Assign,
    AugAssign,
    ClassDef,
    Const,
    Expr,
    ExprStmt,
    For,
    FunctionDef,
    If,
    Import,
    ImportFrom,
    Param,
    Pass,
    Raise,
    Return,
    Tuple,
    With,
)


def is_bare_tuple(node: Expr | None) -> bool:
    return type(node) is Tuple and len(node.items) > 1


def _flat_assign(line: Line, node: Assign) -> None:
    bare_value = False
    for target in node.targets:
        write_target(line, target)
        line.parts.append(" = ")
        bare_value = bare_value or is_bare_tuple(target)
    if bare_value:
        write_target(line, node.value)
    else:
        line.write(node.value)


def _flat_ann_assign(line: Line, node: AnnAssign) -> None:
    line.write(node.target)
    line.parts.append(": ")
    line.write(node.annotation)
    if node.value is not None:
        line.parts.append(" = ")
        line.write(node.value)


def _flat_aug_assign(line: Line, node: AugAssign) -> None:
    line.write(node.target)
    line.parts.append(f" {augmented(node)} ")
    line.write(node.value)


def augmented(node: AugAssign) -> str:
    if node.op not in BINARY:
        raise ValueError(f"{node.op!r} is no operator of an AugAssign")
    return node.op + "="


def _flat_expr(line: Line, node: ExprStmt) -> None:
    if bare(node.value) == Const(...):
        raise ValueError("`...` is no statement; Pass is")
    line.write(node.value)


def _flat_return(line: Line, node: Return) -> None:
    line.parts.append("return")
    if node.value is not None:
        line.parts.append(" ")
        write_target(line, node.value)


def _flat_raise(line: Line, node: Raise) -> None:
    line.parts.append("raise ")
    line.write(node.value)
    if node.cause is not None:
        line.parts.append(" from ")
        line.write(node.cause)


def _flat_assert(line: Line, node: Assert) -> None:
    line.parts.append("assert ")
    line.write(node.test)
    if node.message is not None:
        line.parts.append(", ")
        line.write(node.message)


def _flat_pass(line: Line, node: Pass) -> None:
    line.parts.append("pass")


def _flat_if(line: Line, node: If) -> None:
    line.parts.append("if ")
    line.write(node.test)
    line.parts.append(":")


def _flat_for(line: Line, node: For) -> None:
    line.parts.append("for ")
    write_target(line, node.target)
    line.parts.append(" in ")
    line.write(node.iter)
    line.parts.append(":")


def _flat_with(line: Line, node: With) -> None:
    separator = "with "
    for context, target in node.items:
        if isinstance(bare(context), Tuple):
            raise ValueError("a tuple is no context manager")
        line.parts.append(separator)
        line.write(context)
        if target is not None:
            line.parts.append(" as ")
            line.write(target)
        separator = ", "
    line.parts.append(":")


def _flat_function(line: Line, node: FunctionDef) -> None:
    line.parts.append(f"def {line.name(node.name)}(")
    for position, param in enumerate(node.params):
        if position:
            line.parts.append(", ")
        line.parts.append(parameter_name(line, param))
        if param.annotation is not None:
            line.parts.append(": ")
            line.write(param.annotation)
        if param.default is not None:
            line.parts.append(" = " if param.annotation is not None else "=")
            line.write(param.default)
    line.parts.append(")")
    if node.returns is not None:
        line.parts.append(" -> ")
        line.write(node.returns)
    line.parts.append(":")


def parameter_name(line: Line, param: Param) -> str:
    if param.star not in ("", "*", "**"):
        raise ValueError(f"{param.star!r} marks no parameter")
    if param.star == "*" and not param.name:
        return "*"
    return param.star + line.name(param.name)


def _flat_class(line: Line, node: ClassDef) -> None:
    line.parts.append(f"class {line.name(node.name)}")
    if node.bases:
        line.parts.append("(")
        line.items(node.bases)
        line.parts.append(")")
    line.parts.append(":")


def _flat_import(line: Line, node: Import) -> None:
    alias = f" as {line.name(node.alias)}" if node.alias else ""
    line.parts.append(f"import {module_path(line, node.module)}{alias}")


def _flat_import_from(line: Line, node: ImportFrom) -> None:
    names = ", ".join(imported(line, node))
    line.parts.append(f"from {module_path(line, node.module)} import {names}")


def module_path(line: Line, path: str) -> str:
    return ".".join(line.name(part) for part in path.split("."))


def imported(line: Line, node: ImportFrom) -> list[str]:
    if not node.names:
        raise ValueError(f"nothing imported from {node.module}")
    return [
        line.name(name)
        if isinstance(name, str)
        else f"{line.name(name[0])} as {line.name(name[1])}"
        for name in node.names
    ]


ONE_LINE: dict[type, Callable[[Line, Any], None]] = {
    Assign: _flat_assign,
    AnnAssign: _flat_ann_assign,
    AugAssign: _flat_aug_assign,
    ExprStmt: _flat_expr,
    Return: _flat_return,
    Raise: _flat_raise,
    Assert: _flat_assert,
    Pass: _flat_pass,
    If: _flat_if,
    For: _flat_for,
    With: _flat_with,
    FunctionDef: _flat_function,
    ClassDef: _flat_class,
    Import: _flat_import,
    ImportFrom: _flat_import_from,
}

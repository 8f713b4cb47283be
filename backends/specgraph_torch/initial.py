"""How a module's weights start: statements for what torch's own defaults do not do."""

from __future__ import annotations

import re
from dataclasses import dataclass

from specgraph.lower.code import call, item, method
from specgraph.lower.program import Use
from specgraph.lower.pycode import (
    Attr,
    BinOp,
    Call,
    Compare,
    Const,
    Expr,
    ExprStmt,
    For,
    FunctionDef,
    If,
    Name,
    Param,
    Stmt,
    Tuple,
)
from specgraph.lower.rules import Lowered
from specgraph.lower.slots import Fixed
from specgraph_torch.initializers import Fill, fills

NUMBERED = re.compile(r"_l\d+(_reverse)?\Z")
"""Tensors that `nn.LSTM` and its kin name by layer; the type checker knows none."""


@dataclass(frozen=True, slots=True)
class Start:
    """How one layer's tensors are filled."""

    layer_class: str
    tensors: tuple[tuple[str, tuple[Fill, ...]], ...]


def initial_statements(lowered: list[tuple[Use, Lowered]]) -> list[Stmt]:
    """What ends `__init__`: `self.apply`, then the layers that start otherwise."""
    common, starts = _starts(lowered)
    statements: list[Stmt] = []
    if common:
        function = Attr(Name("self"), "_initialize")
        statements.append(ExprStmt(method(Name("self"), "apply", function)))
    for path, start in starts:
        if start not in common.values():
            statements += _fill(_expr(path), start)
    return statements


def initialize_method(lowered: list[tuple[Use, Lowered]]) -> list[Stmt]:
    """The `_initialize` that `self.apply` runs on every module."""
    common, _ = _starts(lowered)
    if not common:
        return []
    classes: dict[tuple[object, ...], list[str]] = {}
    for layer_class, start in common.items():
        classes.setdefault(start.tensors, []).append(layer_class)
    body: list[Stmt] = []
    for names in classes.values():
        start = common[names[0]]
        kinds: Expr = _dotted(names[0])
        for other in names[1:]:
            kinds = BinOp(kinds, "|", _dotted(other))
        optional = any("Conv" in one for one in names)
        statements = _fill(Name("module"), start, optional)
        body.append(If(call("isinstance", Name("module"), kinds), statements))
    params = [Param("module", _dotted("nn.Module"))]
    return [
        FunctionDef("_initialize", params, Const(None), body, [Name("staticmethod")])
    ]


def _dotted(text: str) -> Expr:
    first, *rest = text.split(".")
    expr: Expr = Name(first)
    for part in rest:
        expr = Attr(expr, part)
    return expr


Path = tuple[str, ...]


def _starts(
    lowered: list[tuple[Use, Lowered]],
) -> tuple[dict[str, Start], list[tuple[Path, Start]]]:
    """The start that all layers of a class share, and every layer's own."""
    found: list[tuple[Path, Start]] = []
    native: set[str] = set()
    for use, one in lowered:
        layer_class = _class_of(one)
        if layer_class is None:
            continue
        start = Start(layer_class, _tensors(use, one))
        if start.tensors:
            found.append((use.path, start))
        else:
            native.add(layer_class)
    by_class: dict[str, set[Start]] = {}
    for _, start in found:
        by_class.setdefault(start.layer_class, set()).add(start)
    common = {
        layer_class: next(iter(starts))
        for layer_class, starts in by_class.items()
        if len(starts) == 1 and layer_class not in native
    }
    return common, found


def _class_of(lowered: Lowered) -> str | None:
    made = lowered.init.get("")
    if not isinstance(made, Call):
        return None
    parts: list[str] = []
    expr: Expr = made.func
    while isinstance(expr, Attr):
        parts.append(expr.attr)
        expr = expr.value
    return ".".join([expr.id, *reversed(parts)]) if isinstance(expr, Name) else None


def _tensors(use: Use, lowered: Lowered) -> tuple[tuple[str, tuple[Fill, ...]], ...]:
    params = {param.name: param for param in use.params}
    found = [
        (init.tensor, fills(params[init.param]))
        for init in lowered.inits
        if not init.native
    ]
    found += [
        (slot.key, (Fill("nn.init.zeros_"),))
        for slot in lowered.slots
        if isinstance(slot, Fixed)
    ]
    return tuple(found)


def _fill(target: Expr, start: Start, optional: bool = True) -> list[Stmt]:
    if any(NUMBERED.search(tensor) for tensor, _ in start.tensors):
        return [_fill_numbered(target, start)]
    statements: list[Stmt] = []
    for tensor, filled in start.tensors:
        expr = Attr(target, tensor)
        lines = [fill.statement(expr) for fill in filled]
        if tensor == "bias" and optional and "Conv" in start.layer_class:
            statements.append(If(Compare(expr, "is not", Const(None)), lines))
        else:
            statements += lines
    return statements


def _fill_numbered(target: Expr, start: Start) -> Stmt:
    """A loop over the named tensors: `weight_ih_l0` and so on."""
    parameter = Name("parameter")
    chain: list[Stmt] = []
    by_fill: dict[tuple[Fill, ...], list[str]] = {}
    for tensor, filled in start.tensors:
        by_fill.setdefault(filled, []).append(tensor)
    for filled, tensors in reversed(by_fill.items()):
        test: Expr = Compare(Name("name"), "==", Const(tensors[0]))
        if len(tensors) > 1:
            known = Tuple([Const(tensor) for tensor in tensors])
            test = Compare(Name("name"), "in", known)
        chain = [If(test, [fill.statement(parameter) for fill in filled], chain)]
    names = method(target, "named_parameters")
    return For(Tuple([Name("name"), parameter]), names, chain)


def _expr(path: Path) -> Expr:
    expr: Expr = Attr(Name("self"), path[0])
    for part in path[1:]:
        expr = item(expr, part)
    return expr

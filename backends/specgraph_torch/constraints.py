"""Constraints in a torch program: a hook that the optimizer calls after its step."""

from __future__ import annotations

from collections.abc import Mapping

from specgraph.ir.graph import Graph
from specgraph.lower.code import Argument, call, method, value
from specgraph.lower.projections import Projection, projections
from specgraph.lower.pycode import (
    Docstring,
    Expr,
    ExprStmt,
    For,
    FunctionDef,
    Name,
    Param,
    Stmt,
)
from specgraph.lower.slots import AnySlot
from specgraph.training.constraints import MaxNorm, MinMaxNorm, NonNeg, UnitNorm

MODEL = Name("model")
HOOK = "constrain"


def constraint_code(graph: Graph, slots: Mapping[str, AnySlot]) -> list[Stmt]:
    """The hook that brings weights back to their constraints, if any has one."""
    found = projections(graph, slots)
    if not found:
        return []
    body: list[Stmt] = [Docstring("Brings weights back to their constraints.")]
    for projection, keys in found.items():
        body += _all_of(projection, keys)
    params = [Param("_", Name("object"), star="*")]
    alone: list[Expr] = [call("torch.no_grad")]
    return [FunctionDef(HOOK, params, value(None), body, alone)]


def _all_of(projection: Projection, keys: list[str]) -> list[Stmt]:
    """The statements that project these tensors."""
    if len(keys) == 1:
        return [ExprStmt(_projected(projection, value(keys[0])))]
    name = Name("name")
    body: list[Stmt] = [ExprStmt(_projected(projection, name))]
    return [For(name, value(tuple(keys)), body)]


def _projected(projection: Projection, key: Expr) -> Expr:
    """The call that projects a tensor in place."""
    weight: Expr = method(MODEL, "get_parameter", key)
    if projection.view:
        weight = method(weight, "view", *projection.view)
    axes = projection.axes
    dim: Argument = axes[0] if len(axes) == 1 else axes
    match projection.constraint:
        case NonNeg():
            return method(weight, "clamp_", min=0)
        case MaxNorm(max_value=most):
            return call("max_norm", weight, most, dim=dim)
        case MinMaxNorm(min_value=least, max_value=most, rate=rate):
            return call("min_max_norm", weight, least, most, rate, dim=dim)
        case UnitNorm():
            return call("unit_norm", weight, dim=dim)
    raise NotImplementedError(f"constraint {projection.constraint.label}")

"""The layers of a module: how code names them, and how they are made."""

from __future__ import annotations

from collections.abc import Mapping

from specgraph.lower.code import call, method
from specgraph.lower.merge import put
from specgraph.lower.program import Use
from specgraph.lower.pycode import (
    Assign,
    Attr,
    Call,
    Const,
    Dict,
    Expr,
    ExprStmt,
    For,
    IfExp,
    Name,
    Slice,
    Stmt,
    Subscript,
)
from specgraph.lower.rules import Lowered
from specgraph.lower.runs import Run
from specgraph.lower.slots import Fixed

Path = tuple[str, ...]
Made = tuple[Expr, "Expr | None"]
"""A layer as it is made, and the condition without which there is none."""
Tree = dict[str, "Made | Tree"]
LAYER = "layer"
"""The variable of a loop over layers."""

TENSORS = tuple(call(title).func for title in ("nn.Buffer", "nn.Parameter"))


def is_tensor(made: Expr) -> bool:
    """Whether it makes no module, but a tensor that only a module can hold."""
    return isinstance(made, Call) and made.func in TENSORS


def layer(path: Path, suffix: str) -> Expr:
    """A layer as an expression: `self.conv`, or `self.stem["conv"]` in a group.

    A type checker knows what a group holds to be modules, not that some are groups.
    What has no path is the layer of a loop's turn.
    """
    if not path:
        return Name("layer")
    first, *rest = (*path[:-1], path[-1] + suffix)
    group = Attr(Name("self"), first)
    if not rest:
        return group
    if len(rest) == 1:
        return Subscript(group, Const(rest[0]))
    return method(group, "get_submodule", ".".join(rest))


def modules(inits: Mapping[Path, Made]) -> list[Stmt]:
    """`self.<name> = …` in the order of use; a group is one `nn.ModuleDict`."""
    tree: Tree = {}
    for path, made in inits.items():
        inner = tree
        for part in path[:-1]:
            below = inner.setdefault(part, {})
            assert isinstance(below, dict)
            inner = below
        inner[path[-1]] = made
    return [
        Assign([Attr(Name("self"), title)], _module(found))
        for title, found in tree.items()
    ]


def _module(found: Made | Tree) -> Expr:
    if not isinstance(found, dict):
        expr, when = found
        return expr if when is None else IfExp(when, expr, call("nn.Identity"))
    items: list[tuple[Expr | None, Expr]] = [
        (Const(title), _module(one)) for title, one in found.items()
    ]
    return call("nn.ModuleDict", Dict(items))


def frozen(lowered: list[tuple[Use, Lowered]]) -> list[Stmt]:
    """Layers and tensors that are not trained."""
    statements: list[Stmt] = []
    for use, found in lowered:
        if not use.node.trainable and use.params:
            for suffix in found.init:
                target = layer(use.path, suffix)
                statements.append(ExprStmt(method(target, "requires_grad_", False)))
            continue
        for slot in found.slots:
            if isinstance(slot, Fixed):
                target = Attr(layer(use.path, ""), slot.key)
                statements.append(ExprStmt(method(target, "requires_grad_", False)))
    return statements


def over(run: Run, place: Expr, statements: list[Stmt]) -> list[Stmt]:
    """Statements for the layers of some turns, which are in a list."""
    if run.is_whole:
        return [For(Name(LAYER), place, statements)]
    if run.is_turn:
        return put(statements, {LAYER: Subscript(place, Const(run.start))})
    first = Const(run.start) if run.start else None
    last = None if run.is_last else Const(run.stop)
    return [For(Name(LAYER), Subscript(place, Slice(first, last)), statements)]

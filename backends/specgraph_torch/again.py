"""A module that is called again, as often as a loop turns."""

from __future__ import annotations

from specgraph.ir.graph import Loop
from specgraph.lower.code import call
from specgraph.lower.pycode import Assign, Call, Const, Expr, For, Name, Stmt, Tuple
from specgraph.lower.rules import Lowered


def again(place: Expr, loop: Loop, inputs: list[Expr], made: list[Expr]) -> Lowered:
    """A layer called as often as a loop turns, on what it gave before."""
    carried = made[0]
    before: list[Stmt] = []
    if inputs[0] != carried:
        before.append(Assign([carried], inputs[0]))
    value = Call(place, [carried, *inputs[1:]])
    targets = made if len(made) == 1 else [Tuple(list(made))]
    turns = call("range", Const(loop.times))
    repeated = For(Name("_"), turns, [Assign(list(targets), value)])
    return Lowered({"output": carried}, body=[*before, repeated])

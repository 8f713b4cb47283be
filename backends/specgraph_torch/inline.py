"""The code of a loop's turn, written where its layers are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from specgraph.lower.merge import put
from specgraph.lower.parts import Shape, names_of_inputs
from specgraph.lower.precedence import bare
from specgraph.lower.program import Invoke
from specgraph.lower.pycode import Assign, Call, Expr, Name, Return, Stmt, Tuple
from specgraph_torch.layers import is_tensor, layer


def is_lone(shape: Shape) -> bool:
    """Whether a turn is one layer, and all that is done changes what it takes."""
    own = names_of_inputs(shape.first)[0]
    if shape.inits.keys() != {()} or shape.stored or is_tensor(shape.inits[()][0]):
        return False
    return all(_changes(statement, own) for statement in shape.statements)


def is_row(shape: Shape) -> bool:
    """Whether every layer of a turn is called on what the one before gave."""
    part = shape.first
    if len(part.body.inputs) != 1 or len(part.body.outputs) != 1:
        return False
    if any(not isinstance(one, Invoke) for one in part.program.items):
        return False  # what an op gives is told by the line that calls it
    if not shape.inits or any(len(path) != 1 for path in shape.inits):
        return False
    given: Expr = Name(next(iter(part.program.inputs)))
    paths = list(shape.inits)
    for statement in shape.statements:
        if not isinstance(statement, Assign | Return) or statement.value is None:
            return False
        if not paths or bare(statement.value) != Call(layer(paths.pop(0), ""), [given]):
            return False
        given = statement.targets[0] if isinstance(statement, Assign) else given
    return not paths


def _changes(statement: Stmt, own: str) -> bool:
    """Whether all a statement does is give the one value anew."""
    if isinstance(statement, Return):
        return True
    if not isinstance(statement, Assign):
        return False
    (target,) = statement.targets
    targets = target.items if isinstance(target, Tuple) else [target]
    return all(one in (Name(own), Name("_")) for one in targets)


def inlined(
    statements: Sequence[Stmt], names: Mapping[str, Expr], made: list[Expr]
) -> list[Stmt]:
    """A turn's statements under the names around; what it gives is `made`."""
    found: list[Stmt] = []
    for statement in put(list(statements), names):
        if not isinstance(statement, Return):
            found.append(statement)
        elif statement.value is not None and [statement.value] != made:
            targets = made if len(made) == 1 else [Tuple(list(made))]
            found.append(Assign(list(targets), statement.value))
    return found

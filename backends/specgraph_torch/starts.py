"""How the weights of a block's layers start: one code for all of its instances."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from specgraph.ir.graph import Loop
from specgraph.lower.emit import Body
from specgraph.lower.merge import Merge, NotUniform, put, read_in
from specgraph.lower.parts import Parts, Shape, Started
from specgraph.lower.program import Invoke, Item
from specgraph.lower.pycode import If, Name, Stmt
from specgraph.lower.runs import runs
from specgraph_torch.initial import Helper, Initial, Start
from specgraph_torch.layers import LAYER, layer, over
from specgraph_torch.united import IDENTITY


def united(shape: Shape, codes: Sequence[Body], merge: Merge, helper: Helper) -> None:
    """Merges the statements that fill the weights of all instances; raises NotUniform."""
    optional = {
        path for code in codes for path, made in code.inits.items() if made == IDENTITY
    }
    each = [Initial(code.lowered, helper).each(optional) for code in codes]
    for key in dict.fromkeys(key for one in each for key in one):
        path, _ = key
        there = [key in one for one in each]
        for code, is_ in zip(codes, there, strict=True):
            if not is_ and code.inits.get(path, IDENTITY) != IDENTITY:
                raise NotUniform("layers of which only some start as torch's own do")
        lines = [one[key][1] if key in one else [] for one in each]
        what = "_".join((*path, "start"))
        found = (
            merge.code(lines, what)
            if all(there)
            else merge.only(lines, there, True, what)
        )
        starts = [one[key][0] for one in each if key in one]
        when = shape.inits[path][1] if path in shape.inits else None
        shape.started.append(Started(starts, found, when))


def statements(shape: Shape, common: Mapping[str, Start]) -> list[Stmt]:
    """Those that are needed beside what is filled alike in the whole model."""
    found: list[Stmt] = []
    for one in shape.started:
        if all(start in common.values() for start in one.starts):
            continue
        found += one.lines if one.when is None else [If(one.when, list(one.lines))]
    return found


def of_loops(
    items: Sequence[Item],
    parts: Parts,
    inline: Callable[[Shape], bool],
    common: Mapping[str, Start],
) -> list[Stmt]:
    """Those of the layers of loops whose turns have no class."""
    found: list[Stmt] = []
    for one in items:
        if not isinstance(one, Invoke) or one.owner is not None:
            continue
        for run in runs(one.step, parts) if isinstance(one.step, Loop) else ():
            if inline(run.shape):
                lines = put(statements(run.shape, common), {"self": Name(LAYER)})
                lines = [*run.shape.ends, *lines]
                found += over(run, layer(one.path, ""), lines) if lines else []
    return found


def reads_parameters(shape: Shape) -> bool:
    """Whether what fills the weights differs from instance to instance."""
    read = {name for one in shape.started for name in read_in(one.lines)}
    return not read.isdisjoint(shape.params)

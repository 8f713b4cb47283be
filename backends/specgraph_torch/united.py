"""The statements of all instances of a block as those of one class."""

from __future__ import annotations

from specgraph.ir.graph import Path
from specgraph.lower.choices import either
from specgraph.lower.code import call
from specgraph.lower.emit import Body
from specgraph.lower.merge import Merge, NotUniform, rebuilt
from specgraph.lower.parts import Shape, by_owner
from specgraph.lower.pycode import Attr, Name, Stmt
from specgraph.lower.pycode import Call as Calling
from specgraph_torch.layers import layer

IDENTITY = call("nn.Identity")


def lacking(codes: list[Body]) -> list[Path]:
    """Layers that some instances lack, and that are no modules in the others."""
    found: dict[Path, None] = {}
    for code in codes:
        for path, made in code.inits.items():
            if made == IDENTITY and any(path not in other.inits for other in codes):
                found[path] = None
    return list(found)


def merged(
    codes: list[Body], gone: list[Path], shape: Shape, merge: Merge
) -> list[Stmt]:
    """The statements of all instances, layer by layer; some under their flags."""
    if not shape.flags and not shape.idle:
        return merge.code([spared(code.statements, gone) for code in codes], "value")
    grouped = [
        by_owner(part, code.owners, spared(code.statements, gone))
        for part, code in zip(shape.members, codes, strict=True)
    ]
    if any(set(one) - set(grouped[0]) for one in grouped):
        raise NotUniform("other layers")
    found: list[Stmt] = []
    for owner in grouped[0]:
        each = [one.get(owner, []) for one in grouped]
        if owner in shape.idle:
            found += merge.only(each, shape.idle[owner], True)
            continue
        if owner not in shape.flags:
            found += merge.code(each, "value")
            continue
        there = [owner not in code.inits for code in codes]
        flag = Attr(Name("self"), "_".join(owner))
        without = merge.only(each, there, False)
        found += either(flag, merge.only(each, there, True), without)
    return found


def spared(statements: list[Stmt], nowhere: list[Path]) -> list[Stmt]:
    """The statements without the layers that no instance has."""
    gone = [layer(path, "") for path in nowhere]

    def change(part: object) -> object:
        if isinstance(part, Calling) and part.func in gone:
            return part.args[0]
        return part

    return rebuilt(statements, change) if gone else statements

"""Tied weights in torch: one parameter of two modules, or one that is transposed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from specgraph.ir.graph import Path, Tie
from specgraph.lower.code import call, method
from specgraph.lower.merge import rebuilt
from specgraph.lower.program import Use
from specgraph.lower.pycode import Assign, Attr, Call, Expr, Stmt
from specgraph.lower.rules import At, Gap, Init, Lowered
from specgraph.lower.slots import AnySlot, Piece, Slot
from specgraph.ops.dense import Dense
from specgraph.training.initializers import Zeros
from specgraph_torch.layers import layer

Owned = Mapping[Path, tuple[Use, Lowered]]


def tied(use: Use, at: At, owned: Owned) -> Lowered:
    """A use some of whose weights are other layers'."""
    lowered: Lowered = use.entry.rule(use.op, at)
    slots: list[AnySlot] = []
    ties: list[Stmt] = []
    turned: Expr | None = None
    for slot in lowered.slots:
        names = [p.param for p in slot.pieces] if isinstance(slot, Slot) else []
        if not isinstance(slot, Slot) or not set(names) & use.node.ties.keys():
            slots.append(slot)
            continue
        tie = use.node.ties[names[0]]
        place, piece = _other(use, tie, owned)
        here = slot.pieces[0]
        if len(names) == 1 and replace(_seen(here, tie), param="") == piece:
            slots.append(_again(slot, tie, piece))
            ties.append(Assign([_tensor(use.home, slot.key)], place))
        elif _is_kernel(use, slot) and not (piece.split or piece.shape or piece.blocks):
            turned = place
        else:
            raise Gap(f"`{names[0]}` lies otherwise than the weight that it is tied to")
    kept = tuple(i for i in lowered.inits if i.param not in use.node.ties)
    lowered = replace(lowered, slots=tuple(slots), ties=ties, inits=kept)
    return lowered if turned is None else _functional(use, at, lowered, turned)


def _other(use: Use, tie: Tie, owned: Owned) -> tuple[Expr, Piece]:
    """The tensor of the other weight, and how it lies there."""
    other, lowered = owned[tie.owner.path]
    for slot in lowered.slots:
        if not isinstance(slot, Slot) or len(slot.pieces) > 1:
            continue
        if slot.pieces[0].param == tie.weight:
            return _tensor(other.home, slot.key), replace(slot.pieces[0], param="")
    raise Gap(f"`{tie.weight}` of {'.'.join(tie.owner.path)} is no tensor of its own")


def _seen(piece: Piece, tie: Tie) -> Piece:
    """How the other weight would have to lie to be the tensor here."""
    if not tie.axes:
        return piece
    axes = piece.axes or tuple(range(len(tie.axes)))
    found = tuple(tie.axes[axis] for axis in axes)
    return replace(piece, axes=() if found == tuple(range(len(found))) else found)


def _again(slot: Slot, tie: Tie, piece: Piece) -> Slot:
    """The slot of a tensor that is another one."""
    param = ".".join((*tie.owner.path, tie.weight))
    return Slot(slot.key, (replace(piece, param=param),), again=True)


def _tensor(path: Path, key: str) -> Expr:
    found = layer(path, "")
    for part in key.split(".") if key else ():
        found = Attr(found, part)
    return found


def _is_kernel(use: Use, slot: Slot) -> bool:
    return isinstance(use.op, Dense) and slot.pieces[0].param == "kernel"


def _functional(use: Use, at: At, lowered: Lowered, weight: Expr) -> Lowered:
    """A dense whose kernel is another weight transposed: torch has no such module."""
    own = layer(use.home, "")
    bias = at.param("bias")

    def change(part: object) -> object:
        if not isinstance(part, Call) or part.func != own:
            return part
        if bias is None:
            return call("F.linear", part.args[0], method(weight, "t"))
        return call(own, part.args[0], weight)

    outputs = {name: rebuilt(expr, change) for name, expr in lowered.outputs.items()}
    if bias is None:
        return replace(lowered, outputs=outputs, init={})
    made = call(at.helper("TransposedLinear"), bias.shape[0])
    inits = (Init("bias", "bias", isinstance(bias.initializer, Zeros)),)
    return replace(lowered, outputs=outputs, init={"": made}, inits=inits)

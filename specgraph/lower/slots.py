"""Where a weight lives in a framework, and how its axes lie there.

A slot names one framework tensor and says how it is made of canonical tensors: blocks
reordered, reshaped, permuted, reshaped again, then concatenated.  `weights/` runs a
slot forwards and backwards; optimizer state goes through the same slot.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Piece:
    """One canonical tensor on its way into a framework tensor, steps in field order."""

    param: str
    blocks: tuple[int, ...] = ()
    """The order of equal blocks along the last canonical axis: gates."""
    split: tuple[int, ...] = ()
    """Sizes to reshape to before the axes move."""
    axes: tuple[int, ...] = ()
    """The order of axes in the framework's tensor."""
    shape: tuple[int, ...] = ()
    """Sizes to reshape to after."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A framework tensor made of canonical ones, joined along `axis`."""

    key: str
    pieces: tuple[Piece, ...]
    axis: int = 0
    again: bool = False
    """Whether the tensor is one that another slot holds already: a tied weight."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """A framework tensor that is not a weight of the spec: constant, never trained.

    `adds_to` is the key of a tensor of the same shape that the model adds it to: what a
    foreign file holds here may be moved there without a change of the function.
    """

    key: str
    value: float
    shape: tuple[int, ...]
    adds_to: str = ""


@dataclass(frozen=True, slots=True)
class Ignored:
    """A framework tensor without meaning for the model: counters, seed state."""

    key: str


AnySlot = Slot | Fixed | Ignored


def slot(
    key: str,
    param: str,
    *,
    axes: tuple[int, ...] = (),
    blocks: tuple[int, ...] = (),
    split: tuple[int, ...] = (),
    shape: tuple[int, ...] = (),
) -> Slot:
    """The slot of one weight in one framework tensor."""
    return Slot(key, (Piece(param, blocks, split, axes, shape),))


def rows_reordered(
    found: Slot, sizes: tuple[int, ...], order: tuple[int, ...], units: int
) -> Slot:
    """The slot of a kernel [rows, units] whose rows come in another order of axes.

    `sizes` are the flattened value's axes in the spec's order, `order` their order as
    the value reaches the kernel.
    """
    (piece,) = found.pieces
    rank = len(sizes)
    rows = -1
    if piece.axes == (1, 0):
        axes, shape = (rank, *order), (units, rows)
    else:
        axes, shape = (*order, rank), (rows, units)
    moved = replace(piece, split=(*sizes, units), axes=axes, shape=shape)
    return replace(found, pieces=(moved,))


def placed(found: AnySlot, prefix: str, path: str) -> AnySlot:
    """The slot with its key below `prefix` and its weights below a node's path.

    A slot without a key is the tensor that bears the node's own name; a key that begins
    with `/` is whole already, of a layer that goes with the node's; so is that of one
    that begins with `_`, whose name is the node's with more behind it.  Weights of a
    tensor that is another layer's bear their whole paths already.
    """
    key = prefix + found.key if found.key else prefix[:-1]
    if found.key.startswith("_"):
        key = prefix[:-1] + found.key
    if found.key.startswith("/"):
        key = found.key[1:]
    if isinstance(found, Fixed):
        adds_to = found.adds_to and prefix + found.adds_to
        return replace(found, key=key, adds_to=adds_to)
    if isinstance(found, Ignored):
        return replace(found, key=key)
    if found.again:
        return replace(found, key=key)
    pieces = tuple(replace(p, param=f"{path}.{p.param}") for p in found.pieces)
    return replace(found, key=key, pieces=pieces)

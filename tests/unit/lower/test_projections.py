"""Where constraints act: in the framework's tensor as in the canonical weight."""

from __future__ import annotations

import numpy as np
import pytest

from specgraph.lower.projections import projected
from specgraph.lower.slots import Piece, Slot
from specgraph.reference.training import constrained
from specgraph.training.constraints import CONSTRAINTS, NormConstraint
from specgraph.weights.slots import to_framework

PIECES = {
    "as it is": (Piece("w"), (4, 3)),
    "turned": (Piece("w", axes=(1, 0)), (4, 3)),
    "a convolution": (Piece("w", axes=(3, 2, 0, 1)), (2, 3, 4, 5)),
    "gates in another order": (Piece("w", blocks=(0, 1, 3, 2), axes=(1, 0)), (3, 8)),
    "heads joined before features": (
        Piece("w", axes=(1, 2, 0), shape=(12, 5)),
        (5, 3, 4),
    ),
    "heads joined behind features": (
        Piece("w", axes=(2, 0, 1), shape=(5, 12)),
        (3, 4, 5),
    ),
    "a bias of heads": (Piece("w", shape=(12,)), (3, 4)),
    "rows of a flattened picture": (
        Piece("w", split=(2, 3, 4, 5), axes=(3, 2, 0, 1), shape=(5, -1)),
        (24, 5),
    ),
    "channels times their multiplier": (
        Piece("w", axes=(2, 3, 0, 1), shape=(12, 1, 2, 5)),
        (2, 5, 3, 4),
    ),
    "axes of one left out": (Piece("w", shape=(5,)), (1, 1, 5)),
    "axes of one put in": (Piece("w", shape=(1, 4, 1)), (4,)),
    "a row of a matrix": (Piece("w", split=(1, 6)), (6,)),
}


@pytest.mark.parametrize("title", PIECES)
def test_a_tensor_is_projected_as_its_weight_is(title: str) -> None:
    piece, shape = PIECES[title]
    weight = np.random.default_rng(0).normal(size=shape)
    tensor = to_framework(Slot("t", (piece,)), {"w": weight})
    every = [[axis] for axis in range(-len(shape), len(shape))]
    every += [list(range(len(shape))), list(range(len(shape)))[-2:]]
    for axis in every:
        constraint = CONSTRAINTS.parse({"unit_norm": axis})
        wanted = {"w": constrained(constraint, weight)}
        found = projected(constraint, piece, shape)
        seen = tensor.reshape(found.view or tensor.shape)
        assert isinstance(found.constraint, NormConstraint)
        held = constrained(found.constraint.along(found.axes), seen)
        np.testing.assert_allclose(
            held.reshape(tensor.shape),
            to_framework(Slot("t", (piece,)), wanted),
            rtol=1e-14,
            err_msg=f"{title}, axis {axis}",
        )


def test_a_view_is_taken_only_where_axes_are_joined() -> None:
    heads, shape = PIECES["heads joined before features"]
    plain = projected(CONSTRAINTS.parse("unit_norm"), heads, shape)
    assert (plain.view, plain.axes) == ((), (1,))
    joined = projected(CONSTRAINTS.parse({"unit_norm": [1, 2]}), heads, shape)
    assert (joined.view, joined.axes) == ((), (0,))
    apart = projected(CONSTRAINTS.parse({"unit_norm": 1}), heads, shape)
    assert (apart.view, apart.axes) == ((3, 4, 5), (0,))

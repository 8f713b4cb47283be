"""Initial weights follow the initializers, the seed and the path, and nothing else."""

from __future__ import annotations

import numpy as np

from specgraph.weights.initial import init
from tests.unit.weights.models import TOWER, WORDS, graph, same


def test_a_seed_gives_the_same_weights_again_and_another_gives_others() -> None:
    words = graph(WORDS)
    assert same(init(words, 1), init(words, 1))
    assert (init(words, 1)["dense.kernel"] != init(words, 2)["dense.kernel"]).all()


def test_layers_of_one_shape_start_differently() -> None:
    drawn = init(graph(TOWER))
    assert (drawn["dense_2.kernel"] != drawn["dense_3.kernel"]).all()


def test_another_layer_does_not_change_the_rest() -> None:
    alone = init(graph(TOWER))
    more = init(graph(TOWER.replace("  - dense: 2", "  - dense: 4\n  - dense: 2")))
    assert more["head.kernel"].tobytes() == alone["head.kernel"].tobytes()


def test_the_forget_gate_starts_open() -> None:
    bias = init(graph(WORDS))["lstm.bias"]
    assert bias.tolist() == [0, 0, 1, 1, 0, 0, 0, 0]


def test_weights_are_drawn_as_the_initializer_says() -> None:
    wide = graph(TOWER.replace("dense: 4", "dense: 400").replace("[6]", "[500]"))
    kernel = init(wide, dtype="float64")["dense.kernel"]
    limit = (6 / (500 + 400)) ** 0.5
    assert np.abs(kernel).max() <= limit
    assert abs(kernel.std() - limit / 3**0.5) < 0.01 * limit


def test_the_dtype_is_what_was_asked_for() -> None:
    words = graph(WORDS)
    assert {a.dtype.name for a in init(words).values()} == {"float32"}
    wide = init(words, dtype="float64")
    assert {a.dtype.name for a in wide.values()} == {"float64"}
    assert (wide["dense.kernel"].astype("float32") == init(words)["dense.kernel"]).all()

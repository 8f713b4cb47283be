"""Foreign layers are matched where only one match fits, or somebody decides."""

from __future__ import annotations

import pytest

from specgraph.weights.errors import WeightsError
from specgraph.weights.layers import Layer, Shape, layers_of, natural, parts_of
from specgraph.weights.match import Choice, match_layers


def linear(name: str, features: int, units: int) -> dict[str, Shape]:
    return {f"{name}.weight": (units, features), f"{name}.bias": (units,)}


def matched(
    ours: dict[str, Shape],
    theirs: dict[str, Shape],
    choice: Choice | None = None,
    ordered: frozenset[str] = frozenset(),
) -> dict[str, tuple[str, str]]:
    """Their key and what decided, by our key."""
    found = match_layers(
        "f", layers_of(ours), layers_of(theirs), choice or Choice(), ordered
    )
    return {match.ours: (match.theirs, match.how) for match in found}


OURS = linear("dense", 8, 4) | linear("dense_2", 4, 4) | linear("dense_3", 4, 4)
THEIRS = linear("fc1", 8, 4) | linear("fc2", 4, 4) | linear("fc3", 4, 4)


def test_shapes_that_fit_one_layer_decide() -> None:
    ours = linear("dense", 8, 4) | linear("dense_2", 4, 2)
    theirs = linear("head", 4, 2) | linear("body", 8, 4)
    assert matched(ours, theirs) == {
        "dense.weight": ("body.weight", "shape"),
        "dense.bias": ("body.bias", "shape"),
        "dense_2.weight": ("head.weight", "shape"),
        "dense_2.bias": ("head.bias", "shape"),
    }


def test_layers_that_fit_equally_are_listed_with_what_would_decide() -> None:
    with pytest.raises(WeightsError) as error:
        matched(OURS, THEIRS)
    (found,) = error.value.diagnostics
    assert found.code == "weights-ambiguous"
    assert "2 layers with tensors [4, 4] [4] fit 2 layers of the model" in found.message
    assert "--map FILE" in found.hint and "--by-order" in found.hint
    assert "  fc2: dense_2\n  fc3: dense_3" in found.hint


def test_order_decides_when_asked_to() -> None:
    found = matched(OURS, THEIRS, Choice(by_order=True))
    assert found["dense.weight"] == ("fc1.weight", "shape")
    assert found["dense_2.weight"] == ("fc2.weight", "order")
    assert found["dense_3.bias"] == ("fc3.bias", "order")


def test_a_map_decides_and_the_rest_follows() -> None:
    found = matched(OURS, THEIRS, Choice({"fc3": "dense_2"}))
    assert found["dense_2.weight"] == ("fc3.weight", "map")
    assert found["dense_3.weight"] == ("fc2.weight", "shape")


def test_a_map_of_tensors_serves_layers_of_other_names() -> None:
    ours = linear("dense", 4, 4)
    theirs: dict[str, Shape] = {"mix.w": (4, 4), "mix.b": (4,)}
    with pytest.raises(WeightsError):
        matched(ours, theirs)
    pairs = {"mix.w": "dense.weight", "mix.b": "dense.bias"}
    assert matched(ours, theirs, Choice(pairs)) == {
        "dense.weight": ("mix.w", "map"),
        "dense.bias": ("mix.b", "map"),
    }


def test_other_names_inside_a_layer_are_fine_where_shapes_are_clear() -> None:
    theirs: dict[str, Shape] = {"mix.w": (4, 8), "mix.b": (4,)}
    assert matched(linear("dense", 8, 4), theirs) == {
        "dense.weight": ("mix.w", "shape"),
        "dense.bias": ("mix.b", "shape"),
    }


def test_names_decide_if_all_of_them_agree() -> None:
    theirs = linear("dense_3", 4, 4) | linear("dense_2", 4, 4) | linear("fc", 8, 4)
    found = matched(OURS, theirs)
    assert found["dense_3.weight"] == ("dense_3.weight", "name")
    assert found["dense.weight"] == ("fc.weight", "shape")
    theirs = linear("dense_2", 4, 4) | linear("x", 4, 4) | linear("fc", 8, 4)
    with pytest.raises(WeightsError, match="equally"):
        matched(OURS, theirs)


def test_names_that_a_framework_made_up_decide_nothing() -> None:
    theirs = [
        Layer("dense", "dense_2", {"0": "a"}, {"0": (4,)}, named=False),
        Layer("dense_1", "dense", {"0": "b"}, {"0": (4,)}, named=False),
    ]
    ours = [
        Layer("dense", "dense", {"0": "A"}, {"0": (4,)}, named=False),
        Layer("dense_1", "dense_2", {"0": "B"}, {"0": (4,)}, named=False),
    ]
    with pytest.raises(WeightsError, match="equally"):
        match_layers("f", ours, theirs, Choice())
    placed = frozenset({"dense", "dense_1"})
    found = match_layers("f", ours, theirs, Choice(), placed)
    assert [(m.theirs, m.ours, m.how) for m in found] == [
        ("a", "A", "position"),
        ("b", "B", "position"),
    ]


def test_what_fits_nowhere_is_listed_whole() -> None:
    with pytest.raises(WeightsError) as error:
        matched(linear("dense", 8, 4), linear("fc", 8, 5) | linear("aux", 8, 2))
    said = [(d.code, d.message) for d in error.value.diagnostics]
    assert said == [
        ("weights-missing", "f: dense.weight [4, 8] is missing"),
        ("weights-missing", "f: dense.bias [4] is missing"),
        ("weights-surplus", "f: the model has no fc.weight [5, 8]"),
        ("weights-surplus", "f: the model has no fc.bias [5]"),
        ("weights-surplus", "f: the model has no aux.weight [2, 8]"),
        ("weights-surplus", "f: the model has no aux.bias [2]"),
    ]


def test_one_layer_too_many_is_not_guessed_away() -> None:
    with pytest.raises(WeightsError) as error:
        matched(linear("dense", 4, 4), linear("a", 4, 4) | linear("b", 4, 4))
    assert len(error.value.diagnostics) == 6


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        ({"fc9": "dense"}, "f has no layer or tensor 'fc9'"),
        ({"fc1": "dens"}, "the model has no layer or tensor 'dens'"),
        ({"fc1": "dense_2"}, "the map takes fc1 .* for dense_2 .*: they differ"),
        (
            {"fc1.weight": "dense.bias"},
            r"takes fc1.weight \[4, 8\] for dense.bias \[4\]",
        ),
        ({"fc1": "dense", "fc2": "dense"}, "the model has no layer or tensor 'dense'"),
    ],
)
def test_a_map_that_does_not_fit_is_refused(pairs: dict[str, str], said: str) -> None:
    with pytest.raises(WeightsError, match=said):
        matched(OURS, THEIRS, Choice(pairs))


@pytest.mark.parametrize(
    ("key", "layer", "local"),
    [
        ("conv1.weight", "conv1", "weight"),
        ("a.b.0.weight", "a.b.0", "weight"),
        ("lstm.weight_ih_l0", "lstm", "weight_ih"),
        ("lstm.bias_hh_l12", "lstm_l12", "bias_hh"),
        ("lstm.bias_hh_l0_reverse", "lstm_l0_reverse", "bias_hh"),
        ("lstm/lstm_cell/kernel", "lstm/lstm_cell", "kernel"),
        ("scale", "scale", ""),
    ],
)
def test_the_layer_is_what_comes_before_a_tensor(
    key: str, layer: str, local: str
) -> None:
    assert parts_of(key) == (layer, local)


def test_numbers_in_names_count_as_numbers() -> None:
    keys = ["l.10.w", "l.9.w", "l.1.w", "a", "l.w", "9" * 9999]
    assert natural(keys) == ["9" * 9999, "a", "l.1.w", "l.9.w", "l.10.w", "l.w"]


def test_layers_of_another_kind_do_not_match_though_their_shapes_do() -> None:
    def norm(name: str, kind: str) -> Layer:
        return Layer(name, name, {"0": name}, {"0": (4,)}, kind=kind)

    ours = [norm("a", "layer_normalization"), norm("b", "group_normalization")]
    theirs = [norm("y", "group_normalization"), norm("x", "layer_normalization")]
    found = match_layers("f", ours, theirs, Choice())
    assert {m.ours: m.theirs for m in found} == {"a": "x", "b": "y"}
    with pytest.raises(WeightsError):
        match_layers("f", ours[:1], theirs[:1], Choice())
    (found_,) = match_layers("f", ours[:1], [norm("z", "")], Choice())
    assert found_.theirs == "z"
    (chosen,) = match_layers("f", ours[:1], theirs[:1], Choice({"y": "a"}))
    assert chosen.how == "map"


def test_a_misshapen_layer_is_told_with_both_shapes_and_nothing_else() -> None:
    ours = linear("dense", 8, 4) | linear("dense_2", 4, 2)
    theirs = linear("net.fc1", 7, 4) | linear("net.fc2", 4, 3)
    with pytest.raises(WeightsError) as error:
        matched(ours, theirs)
    assert [(d.code, d.message) for d in error.value.diagnostics] == [
        (
            "weights-shape",
            "f: net.fc1.weight is [4, 7]; dense.weight, which it probably is, "
            "needs [4, 8]",
        ),
        (
            "weights-shape",
            "f: net.fc2.weight is [3, 4]; dense_2.weight, which it probably is, "
            "needs [2, 4]",
        ),
        (
            "weights-shape",
            "f: net.fc2.bias is [3]; dense_2.bias, which it probably is, needs [2]",
        ),
    ]


def test_a_tensor_of_the_missing_ones_shape_is_likely_and_a_map_says_so() -> None:
    theirs: dict[str, Shape] = {"mix.w": (4, 4), "mix.b": (4,), "mix.c": (3,)}
    with pytest.raises(WeightsError) as error:
        matched(linear("dense", 4, 4), theirs)
    hints = {d.message: d.hint for d in error.value.diagnostics}
    assert hints["f: dense.bias [4] is missing"] == (
        "probably mix.b of the file, renamed; --map FILE says so, with the line "
        "`mix.b: dense.bias` in it"
    )
    assert "dense.weight" in hints["f: the model has no mix.w [4, 4]"]
    assert hints["f: the model has no mix.c [3]"] == ""

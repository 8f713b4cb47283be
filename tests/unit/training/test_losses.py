from __future__ import annotations

import pytest

from specgraph.definition import CallError, call_form
from specgraph.training.losses import LOSSES, CrossEntropy, Loss
from specgraph.training.regularizers import REGULARIZERS

SCCE, CCE = "sparse_categorical_crossentropy", "categorical_crossentropy"
BCE = "binary_crossentropy"


def test_every_loss_says_which_labels_it_takes() -> None:
    assert {cls.label: cls.target for cls in LOSSES} == {
        CCE: "one_hot",
        SCCE: "class_ids",
        BCE: "values",
        "mean_squared_error": "values",
        "mean_absolute_error": "values",
    }


def test_semantics_choose_only_how_probabilities_are_guarded() -> None:
    for name in (CCE, SCCE, BCE):
        keras = LOSSES.parse(name, "keras").attributes()
        torch = LOSSES.parse(name, "torch").attributes()
        differ = {key for key in keras if keras[key] != torch[key]}
        guard = "log_floor" if name == BCE else "normalize"
        assert differ == {"epsilon", guard}


@pytest.mark.parametrize("cls", list(LOSSES))
def test_the_written_form_means_the_same(cls: type[Loss]) -> None:
    found = LOSSES.parse(cls.label, "torch")
    assert LOSSES.parse(call_form(found), "keras") == found


def test_short_names_and_the_reduction_of_keras_are_known() -> None:
    assert LOSSES.parse("mse") == LOSSES.parse("mean_squared_error")
    assert LOSSES.parse("mae") == LOSSES.parse("mean_absolute_error")
    call = {"mse": {"reduction": "sum_over_batch_size"}}
    assert LOSSES.parse(call) == LOSSES.parse("mse")


@pytest.mark.parametrize(
    ("word", "meant"),
    [("cross_entropy", SCCE), ("bce", BCE), ("mse_loss", "mean_squared_error")],
)
def test_other_names_are_recognized(word: str, meant: str) -> None:
    with pytest.raises(CallError) as caught:
        LOSSES.parse(word)
    assert caught.value.problems[0].hint == f"did you mean {meant!r}?"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ({CCE: {"label_smoothing": 1.5}}, "label_smoothing must be less than or"),
        ({CCE: {"epsilon": 0.5}}, "epsilon must be less than 0.5"),
        ({CCE: {"reduction": "sum_elements"}}, "reduction must be 'mean' or 'sum'"),
        ({BCE: {"from_logits": 1}}, "from_logits must be a valid boolean"),
        ({BCE: {"log_floor": 1.0}}, "log_floor must be less than or equal to 0"),
    ],
)
def test_bad_attributes_are_refused(call: object, message: str) -> None:
    with pytest.raises(CallError, match=message):
        LOSSES.parse(call)


FITS = [
    ({CCE: {}}, "softmax", 10),
    ({CCE: {"from_logits": True}}, "linear", 10),
    ({SCCE: {"from_logits": True}}, "log_softmax", None),
    ({SCCE: {}}, "reshape", None),
    ({BCE: {}}, "sigmoid", 1),
    ({BCE: {"from_logits": True}}, "add", 1),
    ({"mse": {}}, "softmax", 1),
]
CLASHES = [
    ({CCE: {}}, "sigmoid", 10, "goes with softmax, not with sigmoid"),
    ({BCE: {}}, "softmax", 2, "goes with sigmoid, not with softmax"),
    ({BCE: {"from_logits": True}}, "softmax", 2, "goes with sigmoid"),
    ({CCE: {"from_logits": True}}, "softmax", 10, "leave out the softmax"),
    ({BCE: {"from_logits": True}}, "sigmoid", 1, "leave out the sigmoid"),
    ({SCCE: {}}, "linear", 10, "write from_logits: true"),
    ({CCE: {}}, "log_softmax", 10, "end in softmax"),
    ({CCE: {}}, "softmax", 1, "goes with binary_crossentropy"),
]


@pytest.mark.parametrize(("call", "made_by", "last"), FITS)
def test_outputs_that_fit_their_loss(
    call: object, made_by: str, last: int | None
) -> None:
    assert LOSSES.parse(call).mismatch(made_by, last) is None


@pytest.mark.parametrize(("call", "made_by", "last", "hint"), CLASHES)
def test_outputs_that_cannot_be_meant(
    call: object, made_by: str, last: int, hint: str
) -> None:
    problem = LOSSES.parse(call).mismatch(made_by, last)
    assert problem and hint in problem.hint


def test_a_cross_entropy_looks_through_its_own_activation_only() -> None:
    softmax, sigmoid = LOSSES.parse(SCCE), LOSSES.parse(BCE)
    assert isinstance(softmax, CrossEntropy) and isinstance(sigmoid, CrossEntropy)
    assert softmax.looks_through("softmax") and sigmoid.looks_through("sigmoid")
    assert not softmax.looks_through("sigmoid")
    assert not softmax.looks_through("linear")
    assert not softmax.on_logits().looks_through("softmax")


def test_regularizers_have_the_factors_that_are_written() -> None:
    table: list[tuple[object, tuple[float, float]]] = [
        ("l1", (0.01, 0.0)),
        ("l2", (0.0, 0.01)),
        ({"l2": 1e-4}, (0.0, 1e-4)),
        ("l1_l2", (0.01, 0.01)),
        ({"l1_l2": {"l2": 0.1}}, (0.0, 0.1)),
    ]
    for call, factors in table:
        assert REGULARIZERS.parse(call).factors() == factors, call
    with pytest.raises(CallError, match="l2 must be greater than or equal to 0"):
        REGULARIZERS.parse({"l2": -1.0})

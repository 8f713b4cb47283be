from __future__ import annotations

import pytest

from specgraph.definition import CallError, Semantics, call_form
from specgraph.training.optimizers import OPTIMIZERS, Decaying, Optimizer, excludes


@pytest.mark.parametrize("cls", list(OPTIMIZERS))
def test_the_written_form_means_the_same(cls: type[Optimizer]) -> None:
    found = OPTIMIZERS.parse(cls.label, "torch")
    assert OPTIMIZERS.parse(call_form(found), "keras") == found


@pytest.mark.parametrize(
    ("name", "semantics", "decouples"),
    [
        ("sgd", "keras", True),
        ("sgd", "torch", False),
        ("adam", "keras", True),
        ("adam", "torch", False),
        ("adamw", "keras", True),
        ("adamw", "torch", True),
    ],
)
def test_decay_is_decoupled_in_keras_and_in_adamw(
    name: str, semantics: Semantics, decouples: bool
) -> None:
    optimizer = OPTIMIZERS.parse(name, semantics)
    assert isinstance(optimizer, Decaying)
    assert optimizer.decouples is decouples


@pytest.mark.parametrize(
    ("call", "slots"),
    [
        ("sgd", ()),
        ({"sgd": {"momentum": 0.9}}, ("velocity",)),
        ("adam", ("m", "v")),
        ({"adamw": {"amsgrad": True}}, ("m", "v", "vhat")),
    ],
)
def test_slots_are_what_the_formula_keeps(call: object, slots: tuple[str, ...]) -> None:
    assert OPTIMIZERS.parse(call).slots == slots


def test_a_scalar_is_the_learning_rate() -> None:
    assert OPTIMIZERS.parse({"sgd": 0.1}) == OPTIMIZERS.parse(
        {"sgd": {"learning_rate": 0.1}}
    )


def test_exclude_is_a_list_of_strings() -> None:
    found = OPTIMIZERS.parse({"adamw": {"exclude": ("bias", "layer_norm")}})
    assert found.attributes()["exclude"] == ("bias", "layer_norm")
    assert OPTIMIZERS.parse({"adamw": {"exclude": ["bias", "layer_norm"]}}) == found
    with pytest.raises(CallError, match="exclude"):
        OPTIMIZERS.parse({"adamw": {"exclude": "bias"}})


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ({"sgd": {"nesterov": True}}, "nesterov needs a momentum above 0"),
        ({"sgd": -0.1}, "learning_rate must be greater than or equal to 0"),
        ({"adam": {"beta_1": 1.0}}, "beta_1 must be less than 1"),
        ({"adam": {"epsilon_placement": "inside"}}, "'uncorrected' or 'corrected'"),
        ({"adamw": {"decoupled": False}}, "adamw has no attribute 'decoupled'"),
    ],
)
def test_bad_attributes_are_refused(call: object, message: str) -> None:
    with pytest.raises(CallError, match=message):
        OPTIMIZERS.parse(call)


@pytest.mark.parametrize("word", ["lr", "eps", "betas"])
def test_names_of_torch_are_recognized(word: str) -> None:
    meant = {"lr": "learning_rate", "eps": "epsilon", "betas": "beta_1"}[word]
    with pytest.raises(CallError) as caught:
        OPTIMIZERS.parse({"adam": {word: 0.5}})
    assert caught.value.problems[0].hint == f"did you mean {meant!r}?"


@pytest.mark.parametrize(
    ("entry", "meant"),
    [
        ("kernel", True),
        ("dense", True),
        ("encoder.0.dense.kernel", True),
        ("encoder.*", True),
        ("*.kernel", True),
        ("encoder.*.dense.*", True),
        ("*", True),
        ("bias", False),
        ("encoder", False),
        ("encoder.1.*", False),
        ("encoder.0.dense.kerne?", False),
        ("ENCODER.*", False),
    ],
)
def test_entries_of_exclude_mean_a_role_an_op_or_a_path(
    entry: str, meant: bool
) -> None:
    weight = {"name": "kernel", "op": "dense", "path": "encoder.0.dense.kernel"}
    assert excludes(entry, **weight) is meant


@pytest.mark.parametrize(
    ("entry", "meant"),
    [("bias", True), ("recurrent_bias", True), ("kernel", False), ("as", False)],
)
def test_a_weight_has_the_role_that_its_name_ends_in(entry: str, meant: bool) -> None:
    weight = {"name": "recurrent_bias", "op": "gru", "path": "gru.recurrent_bias"}
    assert excludes(entry, **weight) is meant

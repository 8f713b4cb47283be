"""Names: what is reserved, and what becomes of those that hide a builtin."""

from __future__ import annotations

import pytest
import torch

from specgraph.ops import OPS
from specgraph.spec import schema
from specgraph.spec.names import (
    MODULE_DICT,
    TORCH_MODULE,
    camel_case,
    dimension_problem,
    model_problem,
    name_problem,
    parameter_problem,
    variable_name,
)


def public(names: list[str]) -> set[str]:
    return {name for name in names if not name.startswith("_")}


def test_reserved_names_are_the_attributes_of_a_torch_module() -> None:
    module = torch.nn.Module()
    known = public(dir(module)) | public(list(torch.nn.Module.__annotations__))
    assert known - TORCH_MODULE == set()
    assert {name for name in TORCH_MODULE - known if name != "T_destination"} == set()


def test_groups_reserve_the_attributes_of_a_module_dict() -> None:
    assert public(dir(torch.nn.ModuleDict())) - TORCH_MODULE == MODULE_DICT


def test_an_op_a_form_and_a_modifier_never_share_a_name() -> None:
    words = [*schema.MODIFIERS, *schema.FORMS, "merge"]
    assert len(set(words)) == len(words)
    assert {op.label for op in OPS} & {*words, *schema.FIELDS} == set()


@pytest.mark.parametrize("name", ["x", "Conv1", "conv_2", "input", "list", "id", "x_"])
def test_good_names(name: str) -> None:
    assert name_problem(name) is None


@pytest.mark.parametrize("name", ["layers", "type", "max_length", "ops", "F"])
def test_parameters_may_have_names_that_layers_may_not(name: str) -> None:
    assert parameter_problem(name) is None


@pytest.mark.parametrize("name", ["T", "F", "time", "train", "input"])
def test_dimensions_may_have_names_that_layers_may_not(name: str) -> None:
    assert dimension_problem(name) is None


@pytest.mark.parametrize(
    "name",
    [
        "",
        "1a",
        "a-b",
        "a.b",
        "a b",
        "é",
        "a\n",
        "ａ",
        "../x",
        "None",
        "async",
        "x" * 101,
    ],
)
def test_bad_names_are_bad_everywhere(name: str) -> None:
    for problem in (name_problem, parameter_problem, dimension_problem, model_problem):
        assert problem(name)


def test_a_name_that_hides_a_builtin_ends_in_an_underscore() -> None:
    assert variable_name("input") == "input_"
    assert variable_name("image") == "image"
    assert variable_name(camel_case("value_error")) == "ValueError_"
    assert camel_case("mnist_cnn") == "MnistCnn"

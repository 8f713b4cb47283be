"""Constraints in emitted files: there where they are asked for, and nowhere else."""

from __future__ import annotations

import pytest

from specgraph.diagnostics import SpecError
from specgraph.load import compile_spec, loads
from specgraph.lower.projections import projections
from specgraph.lower.slots import Piece, Slot
from specgraph.plugins import find_backend

HEAD = "specgraph: 1\nname: small\ninputs: {x: [4]}\nlayers:\n"
TRAIN = "train: {optimizer: sgd, loss: mse}\n"


def files(layers: str, backend: str) -> dict[str, str]:
    graph = compile_spec(loads(HEAD + layers + TRAIN))
    return dict(find_backend(backend).plan(graph).files)


def test_torch_projects_in_a_hook_behind_the_step() -> None:
    layers = "  - dense: {units: 3, kernel_constraint: {max_norm: 1.5}}\n"
    text = files(layers + layers, "torch")["train.py"]
    names = '("dense.weight", "dense_2.weight")'
    assert f"        for name in {names}:\n" in text
    assert "max_norm(model.get_parameter(name), 1.5, dim=1)" in text
    assert "    sgd.register_step_post_hook(constrain)\n" in text
    assert "def unit_norm" not in text and "def min_max_norm" not in text


def test_a_convolution_is_projected_along_the_axes_where_torch_has_them() -> None:
    layers = "  - reshape: [2, 2, 1]\n  - conv2d: {filters: 3, kernel_size: 2, "
    layers += "kernel_constraint: {unit_norm: [0, 1, 2]}}\n"
    text = files(layers, "torch")["train.py"]
    weight = 'model.get_parameter("conv2d.weight")'
    assert f"unit_norm({weight}, dim=(1, 2, 3))" in text


@pytest.mark.parametrize(
    ("written", "argument"),
    [
        ("non_neg", '"non_neg"'),
        ("unit_norm", '"unit_norm"'),
        ("max_norm", "constraints.MaxNorm(2.0)"),
        ("{max_norm: {max_value: 3, axis: [0, 1]}}", "MaxNorm(3.0, axis=(0, 1))"),
        ("{min_max_norm: {rate: 0.5}}", "MinMaxNorm(rate=0.5)"),
    ],
)
@pytest.mark.parametrize("backend", ["keras", "tensorflow"])
def test_keras_has_its_own(written: str, argument: str, backend: str) -> None:
    layers = f"  - dense: {{units: 3, kernel_constraint: {written}}}\n"
    text = files(layers, backend)["model.py"]
    assert argument in text
    assert ("import constraints, layers" in text) == ("constraints." in text)


@pytest.mark.parametrize("backend", ["torch", "keras", "tensorflow"])
def test_without_a_constraint_no_file_speaks_of_one(backend: str) -> None:
    for layers in (
        "  - dense: 3\n",
        "  - dense: {units: 3, kernel_constraint: null}\n",
    ):
        assert "constrain" not in "".join(files(layers, backend).values())


def test_what_is_frozen_is_not_projected() -> None:
    layers = (
        "  - dense: {units: 3, kernel_constraint: max_norm}\n    trainable: false\n"
    )
    text = files(layers + "  - dense: 2\n", "torch")["train.py"]
    assert "max_norm" not in text


def test_weights_in_one_tensor_cannot_be_projected_apart() -> None:
    layers = "  - dense: {units: 3, kernel_constraint: non_neg}\n  - dense: 2\n"
    graph = compile_spec(loads(HEAD + layers + TRAIN))
    joint = Slot("both", (Piece("dense.kernel"), Piece("dense_2.kernel")), 1)
    with pytest.raises(SpecError, match=r"dense.kernel is constrained, but .*both"):
        projections(graph, {"both": joint})

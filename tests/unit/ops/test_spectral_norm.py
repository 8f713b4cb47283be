"""A layer with a spectral norm: how it starts, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from specgraph.definition import CallError
from specgraph.diagnostics import SpecError
from specgraph.load import plan_for
from specgraph.ops import OPS
from specgraph.weights.initial import init
from tests.located import graph_of
from tests.unit.torch.test_model import model_of, spec

LAYER = "spectral_norm: {conv2d: {filters: 4, kernel_size: 3}}"
IMAGE = "inputs: {x: [6, 5, 3]}\n"


def test_the_vectors_start_near_those_of_the_greatest_singular_value() -> None:
    drawn = init(graph_of(f"{IMAGE}layers: [{{{LAYER}}}]"), dtype="float64")
    matrix = drawn["spectral_norm.kernel"].reshape(-1, 4)
    u, v = drawn["spectral_norm.vector_u"], drawn["spectral_norm.vector_v"]
    assert v.shape == (3, 3, 3)
    greatest = np.linalg.norm(matrix, 2)
    assert v.reshape(-1) @ matrix @ u == pytest.approx(greatest, rel=0.05)


def test_torch_finds_the_norm_of_what_it_filled_the_weight_with() -> None:
    model = model_of(spec(f"layers: [{{{LAYER}}}]\n", "{x: [6, 5, 3]}")).eval()
    weight = model.spectral_norm.weight.flatten(1)
    assert torch.linalg.matrix_norm(weight, 2).item() == pytest.approx(1, rel=0.05)


def test_torch_says_why_it_freezes_none() -> None:
    graph = graph_of(f"{IMAGE}layers: [{{{LAYER}, trainable: false}}]")
    with pytest.raises(SpecError, match="vectors change in training"):
        plan_for(graph, "torch")


def test_what_has_no_such_kernel_is_refused() -> None:
    with pytest.raises(CallError, match="embedding is no dense layer"):
        OPS.parse({"spectral_norm": {"embedding": {"input_dim": 3, "output_dim": 2}}})

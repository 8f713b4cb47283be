"""Recurrent convolutions in torch: how they start."""

from __future__ import annotations

import torch

from tests.unit.torch.test_model import model_of, spec

LAYER = "conv_lstm2d: {filters: 2, kernel_size: 3, kernel_initializer: ones}"


def test_both_convolutions_start_as_the_spec_says() -> None:
    model = model_of(spec(f"layers: [{{{LAYER}}}]\n", "{x: [3, 6, 5, 4]}"))
    cell = model.conv_lstm2d
    assert torch.equal(cell.input.weight, torch.ones(8, 4, 3, 3))
    bias = torch.tensor([0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0])
    assert torch.equal(cell.input.bias, bias)
    rows = cell.recurrent.weight.flatten(1)
    torch.testing.assert_close(rows @ rows.T, torch.eye(8), rtol=0, atol=1e-5)

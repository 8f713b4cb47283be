"""How torch starts the kernels of depthwise convolutions, whose axes are not Keras's."""

from __future__ import annotations

import torch
from torch import nn

from specgraph_torch.emit.initializers import orthogonal_by_channel_


def test_an_orthogonal_kernel_is_so_over_the_cells_of_all_channels() -> None:
    layer = nn.Conv2d(3, 6, (2, 5), groups=3).double()
    orthogonal_by_channel_(layer.weight, 3, 2.0)
    matrix = layer.weight.detach().reshape(3, 2, 10).transpose(1, 2).reshape(30, 2)
    assert torch.allclose(matrix.T @ matrix, 4 * torch.eye(2).double())

# noise_and_scale.yaml · sha256 fa2019d0eb71 · specgraph 0.1.0 · body e38b61e78472
"""Norms of groups, learned scales and slopes, and everything that draws.

Input   image: float32 [B, 3, 8, 6] (channels first)
Output  glu: float32 [B, 2]
Parameters: 388
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def celu(x: Tensor, alpha: float) -> Tensor:
    """`F.celu`, whose gradient has `1 / alpha` rounded to float32 in every dtype."""
    return alpha * F.elu(x / alpha)


class LayerScale(nn.Module):
    """A learned factor for each channel (Touvron et al., 2021)."""

    def __init__(self, init_values: float, *shape: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.full(shape, init_values))

    def forward(self, input: Tensor) -> Tensor:
        return input * self.gamma


class StochasticDepth(nn.Module):
    """Dropout of whole examples (Huang et al., 2016)."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, input: Tensor) -> Tensor:
        if not self.training:
            return input
        kept = input.new_ones(len(input), *[1] * (input.ndim - 1))
        return input * F.dropout(kept, self.rate)


class GaussianNoise(nn.Module):
    """In training, normal numbers beside the input, as in Keras."""

    def __init__(self, stddev: float) -> None:
        super().__init__()
        self.stddev = stddev

    def forward(self, input: Tensor) -> Tensor:
        if not self.training:
            return input
        return input + self.stddev * torch.randn_like(input)


class ActivityRegularization(nn.Module):
    """The identity; what passes is penalized, in the mean of the batch, as in Keras."""

    penalty: Tensor

    def __init__(self, l1: float = 0.0, l2: float = 0.0) -> None:
        super().__init__()
        self.l1, self.l2 = l1, l2
        self.register_buffer("penalty", torch.zeros(()), persistent=False)

    def forward(self, input: Tensor) -> Tensor:
        each = self.l1 * input.abs() + self.l2 * input.square()
        self.penalty = each.sum() / len(input)
        return input


class NoiseAndScale(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv2d = nn.Conv2d(3, 8, 3)
        self.group_norm = nn.GroupNorm(4, 8, eps=0.001)
        self.spatial_dropout2d = nn.Dropout2d(0.1)
        self.conv2d_2 = nn.Conv2d(8, 8, 1)
        self.layer_scale = LayerScale(0.1, 8, 1, 1)
        self.stochastic_depth = StochasticDepth(0.2)
        self.instance_norm = nn.InstanceNorm2d(8, eps=0.001, affine=True)
        self.prelu = nn.PReLU(8)
        self.rms_norm = nn.RMSNorm(8, eps=1e-06)
        self.gaussian_noise = GaussianNoise(0.1)
        self.dense = nn.Linear(8, 4)
        self.activity_regularization = ActivityRegularization(l2=0.01)
        self.apply(self._initialize)

    @staticmethod
    def _initialize(module: nn.Module) -> None:
        if isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.xavier_uniform_(module.weight)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        if isinstance(module, nn.PReLU):
            nn.init.zeros_(module.weight)

    def forward(self, image: Tensor) -> Tensor:
        x = self.conv2d(image)  # [B, 8, 6, 4]
        x = F.hardswish(self.group_norm(x))  # [B, 8, 6, 4]
        x = self.spatial_dropout2d(x)  # [B, 8, 6, 4]
        main = celu(self.conv2d_2(x), alpha=0.5)  # [B, 8, 6, 4]
        main = self.layer_scale(main)  # [B, 8, 6, 4]
        main = self.stochastic_depth(main)  # [B, 8, 6, 4]
        x = main + x  # [B, 8, 6, 4]
        x = self.instance_norm(x)  # [B, 8, 6, 4]
        x = self.prelu(x)  # [B, 8, 6, 4]
        x = x.mean(dim=(2, 3))  # [B, 8]
        x = self.rms_norm(x)  # [B, 8]
        x = self.gaussian_noise(x)  # [B, 8]
        x = F.mish(self.dense(x))  # [B, 4]
        x = self.activity_regularization(x)  # [B, 4]
        return F.glu(x)  # [B, 2]

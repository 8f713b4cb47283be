# siamese.yaml · sha256 d7c8456c3f89 · specgraph 0.1.0 · body 4606cbf9f245
"""Tells whether two images show the same (Koch et al., 2015, smaller).

Inputs  left: float32 [B, 1, 105, 105] (channels first)
        right: float32 [B, 1, 105, 105] (channels first)
Output  dense: float32 [B, 1]
Parameters: 2,039,041 trainable, 320 frozen
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class BatchNorm2d(nn.BatchNorm2d):
    """`nn.BatchNorm2d`, but its running variance is biased, and one value is enough."""

    def forward(self, input: Tensor) -> Tensor:
        mean, variance, momentum = self.running_mean, self.running_var, self.momentum
        if not self.training or mean is None or variance is None or momentum is None:
            return super().forward(input)
        new_mean, new_variance = torch.zeros_like(mean), torch.zeros_like(variance)
        statistics = new_mean, new_variance, True, 1.0, self.eps
        cudnn = torch.backends.cudnn.enabled
        output = torch.batch_norm(input, self.weight, self.bias, *statistics, cudnn)
        count = input.numel() // input.shape[1]
        if count == 1:
            new_variance = torch.zeros_like(mean)
        with torch.no_grad():
            mean.lerp_(new_mean, momentum)
            variance.lerp_(new_variance * (count - 1) / count, momentum)
        return output


class Stage(nn.Module):
    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.conv2d = nn.Conv2d(channels, width, 3)
        self.batch_norm = BatchNorm2d(width, eps=0.001, momentum=0.01)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.conv2d(x))
        x = self.batch_norm(x)
        return F.max_pool2d(x, 2)


class Tower(nn.Module):
    def __init__(
        self, in_channels: int, filters: tuple[int, int, int], units: int
    ) -> None:
        super().__init__()
        self.stage = nn.Sequential(
            *(
                Stage(channels, width)
                for channels, width in zip((in_channels, 32, 64), filters, strict=True)
            )
        )
        self.dense = nn.Linear(7744, units)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stage(x)  # [B, 64, 11, 11]
        x = torch.flatten(x, 1)  # [B, 7744]
        return torch.sigmoid(self.dense(x))  # [B, 256]


class Siamese(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.features = Tower(1, (32, 64, 64), units=256)
        self.dense = nn.Linear(256, 1)
        self.apply(self._initialize)

    @staticmethod
    def _initialize(module: nn.Module) -> None:
        if isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.xavier_uniform_(module.weight)
            if module.bias is not None:
                nn.init.zeros_(module.bias)

    def logits(self, left: Tensor, right: Tensor) -> Tensor:
        features = self.features(left)  # [B, 256]
        x = self.features(right)  # [B, 256]
        x = features - x  # [B, 256]
        x = torch.abs(x)  # [B, 256]
        logits: Tensor = self.dense(x)  # [B, 1]
        return logits

    def forward(self, left: Tensor, right: Tensor) -> Tensor:
        return torch.sigmoid(self.logits(left, right))

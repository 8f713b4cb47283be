# norms.yaml · sha256 0c35c17e1b03 · specgraph 0.1.0 · body 1254d495d8a5
"""Norms of PyTorch's defaults, one of them frozen, and one of Keras's momentum.

Input   image: float32 [B, 3, 10, 9] (channels first)
Output  dense: float32 [B, 2]
Parameters: 86 trainable, 32 frozen
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


class FrozenBatchNorm2d(nn.BatchNorm2d):
    """`nn.BatchNorm2d` that uses its running statistics in training too."""

    def forward(self, input: Tensor) -> Tensor:
        mean, variance = self.running_mean, self.running_var
        return F.batch_norm(input, mean, variance, self.weight, self.bias, eps=self.eps)


class Norms(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv2d = nn.Conv2d(3, 4, 2)
        self.torch_s = nn.BatchNorm2d(4)
        self.keras_s = BatchNorm2d(4, eps=0.001, momentum=0.01)
        self.frozen = FrozenBatchNorm2d(4)
        self.layer_norm = nn.LayerNorm(4)
        self.dense = nn.Linear(4, 2)
        self.frozen.requires_grad_(False)

    def forward(self, image: Tensor) -> Tensor:
        x = F.relu(self.conv2d(image))  # [B, 4, 9, 8]
        x = self.torch_s(x)  # [B, 4, 9, 8]
        x = self.keras_s(x)  # [B, 4, 9, 8]
        x = self.frozen(x)  # [B, 4, 9, 8]
        x = self.layer_norm(x.movedim(1, -1)).movedim(-1, 1)  # [B, 4, 9, 8]
        x = x.mean(dim=(2, 3))  # [B, 4]
        output: Tensor = self.dense(x)  # [B, 2]
        return output

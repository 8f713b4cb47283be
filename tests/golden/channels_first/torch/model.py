# channels_first.yaml · sha256 a4262e7d3c35 · specgraph 0.1.0 · body 475df26aa734
"""Channels first under Keras's conventions; the flatten's order is the spec's.

Input   spectrogram: float32 [B, 2, 20, 12] (channels first)
Output  dense_2: float32 [B, 3]
Parameters: 1,381 trainable, 12 frozen
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


class ChannelsFirst(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv2d = nn.Conv2d(2, 6, (3, 2), stride=2)
        self.batch_norm = BatchNorm2d(6, eps=0.001, momentum=0.01)
        self.dense = nn.Linear(180, 7)
        self.dense_2 = nn.Linear(7, 3)
        self.apply(self._initialize)

    @staticmethod
    def _initialize(module: nn.Module) -> None:
        if isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.xavier_uniform_(module.weight)
            if module.bias is not None:
                nn.init.zeros_(module.bias)

    def forward(self, spectrogram: Tensor) -> Tensor:
        x = F.pad(spectrogram, (0, 0, 0, 1))  # [B, 2, 21, 12]
        x = self.conv2d(x)  # [B, 6, 10, 6]
        x = F.leaky_relu(self.batch_norm(x), negative_slope=0.3)  # [B, 6, 10, 6]
        x = F.max_pool2d(x, 2)  # [B, 6, 5, 3]
        x = F.softmax(torch.cat((x, x), dim=1), dim=1)  # [B, 12, 5, 3]
        x = torch.flatten(x, 1)  # [B, 180]
        x = F.elu(self.dense(x))  # [B, 7]
        output: Tensor = self.dense_2(x)  # [B, 3]
        return output

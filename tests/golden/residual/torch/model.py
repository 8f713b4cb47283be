# residual.yaml · sha256 a90a9697a6a9 · specgraph 0.1.0 · body 7ba6334adc46
"""An image classifier with residual branches, the first of which halves the image.

Input   image: float32 [B, 3, 32, 32] (channels first)
Output  dense: float32 [B, 10]
Parameters: 33,882 trainable, 352 frozen
"""

import math

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


def variance_scaling_(weight: Tensor, scale: float, mode: str = "fan_in") -> None:
    """Keras's `variance_scaling`: a normal cut at two deviations, variance scale / fan.

    `nn.init.kaiming_normal_` and its kin do not cut.
    """
    field = weight[0, 0].numel()
    fan_in, fan_out = weight.shape[1] * field, weight.shape[0] * field
    fans = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}
    std = math.sqrt(scale / fans[mode]) / 0.87962566103423978
    nn.init.trunc_normal_(weight, std=std, a=-2 * std, b=2 * std)


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv2d = nn.Conv2d(3, 16, 3, padding="same", bias=False)
        self.batch_norm = BatchNorm2d(16, eps=0.001, momentum=0.01)
        self.conv2d_2 = nn.Conv2d(16, 32, 3, stride=2, bias=False)
        self.batch_norm_2 = BatchNorm2d(32, eps=0.001, momentum=0.01)
        self.conv2d_3 = nn.Conv2d(32, 32, 3, padding="same", bias=False)
        self.batch_norm_3 = BatchNorm2d(32, eps=0.001, momentum=0.01)
        self.conv2d_4 = nn.Conv2d(16, 32, 1, stride=2, bias=False)
        self.batch_norm_4 = BatchNorm2d(32, eps=0.001, momentum=0.01)
        self.conv2d_5 = nn.Conv2d(32, 32, 3, padding="same", bias=False)
        self.batch_norm_5 = BatchNorm2d(32, eps=0.001, momentum=0.01)
        self.conv2d_6 = nn.Conv2d(32, 32, 3, padding="same", bias=False)
        self.batch_norm_6 = BatchNorm2d(32, eps=0.001, momentum=0.01)
        self.dense = nn.Linear(32, 10)
        self.apply(self._initialize)

    @staticmethod
    def _initialize(module: nn.Module) -> None:
        if isinstance(module, nn.Conv2d):
            variance_scaling_(module.weight, 2.0)
        if isinstance(module, nn.Linear):
            nn.init.xavier_uniform_(module.weight)
            nn.init.zeros_(module.bias)

    def logits(self, image: Tensor) -> Tensor:
        x = self.conv2d(image)  # [B, 16, 32, 32]
        x = F.relu(self.batch_norm(x))  # [B, 16, 32, 32]
        main = F.pad(x, (0, 1, 0, 1))  # [B, 16, 33, 33]
        main = self.conv2d_2(main)  # [B, 32, 16, 16]
        main = F.relu(self.batch_norm_2(main))  # [B, 32, 16, 16]
        main = self.conv2d_3(main)  # [B, 32, 16, 16]
        main = self.batch_norm_3(main)  # [B, 32, 16, 16]
        shortcut = self.conv2d_4(x)  # [B, 32, 16, 16]
        shortcut = self.batch_norm_4(shortcut)  # [B, 32, 16, 16]
        x = F.relu(main + shortcut)  # [B, 32, 16, 16]
        main = self.conv2d_5(x)  # [B, 32, 16, 16]
        main = F.relu(self.batch_norm_5(main))  # [B, 32, 16, 16]
        main = self.conv2d_6(main)  # [B, 32, 16, 16]
        main = self.batch_norm_6(main)  # [B, 32, 16, 16]
        x = F.relu(main + x)  # [B, 32, 16, 16]
        x = x.mean(dim=(2, 3))  # [B, 32]
        logits: Tensor = self.dense(x)  # [B, 10]
        return logits

    def forward(self, image: Tensor) -> Tensor:
        return F.softmax(self.logits(image), dim=-1)

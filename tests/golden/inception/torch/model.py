# inception.yaml · sha256 bda7e7e6cb8a · specgraph 0.1.0 · body 45c43fcacf2e
"""A smaller Inception-v3 (Szegedy et al., 2016).

Input   image: float32 [B, 3, 35, 35] (channels first)
Output  dense: float32 [B, 10]
Parameters: 4,674 trainable, 272 frozen
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Conv(nn.Module):
    def __init__(
        self,
        in_channels: int,
        filters: int,
        kernel_size: int | tuple[int, int] = 1,
        padding: int | tuple[int, int] = 0,
    ) -> None:
        super().__init__()
        self.conv2d = nn.Conv2d(
            in_channels, filters, kernel_size, bias=False, padding=padding
        )
        self.batch_norm = nn.BatchNorm2d(filters)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv2d(x)
        return F.relu(self.batch_norm(x))


class Mixed(nn.Module):
    def __init__(self, in_channels: int, inner: int, pool: int) -> None:
        super().__init__()
        self.conv = Conv(in_channels, 8)
        self.conv_2 = Conv(in_channels, inner)
        self.conv_3 = Conv(inner, inner, kernel_size=(1, 7), padding=(0, 3))
        self.conv_4 = Conv(inner, 12, kernel_size=(7, 1), padding=(3, 0))
        self.conv_5 = Conv(in_channels, pool)

    def forward(self, x: Tensor) -> Tensor:
        narrow = self.conv(x)  # [B, 8, 16, 16]
        wide = self.conv_2(x)
        wide = self.conv_3(wide)
        wide = self.conv_4(wide)  # [B, 12, 16, 16]
        pool = F.avg_pool2d(x, 3, stride=1, padding=1)
        pool = self.conv_5(pool)
        return torch.cat((narrow, wide, pool), dim=1)


class Inception(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = Conv(3, 8, kernel_size=3)
        self.mixed = nn.Sequential(
            *(
                Mixed(channels, inner, pool=pool)
                for channels, inner, pool in zip(
                    (8, 24, 28), (4, 6, 6), (4, 8, 8), strict=True
                )
            )
        )
        self.last = nn.Sequential(
            *(
                Conv(channels, 8, kernel_size=kernel_size)
                for channels, kernel_size in ((28, (1, 3)), (8, (3, 1)))
            )
        )
        self.dense = nn.Linear(8, 10)

    def forward(self, image: Tensor) -> Tensor:
        x = self.conv(image)  # [B, 8, 33, 33]
        x = F.max_pool2d(x, 3, stride=2)  # [B, 8, 16, 16]
        x = self.mixed(x)  # [B, 28, 16, 16]
        x = self.last(x)  # [B, 8, 14, 14]
        x = x.mean(dim=(2, 3))  # [B, 8]
        output: Tensor = self.dense(x)  # [B, 10]
        return output

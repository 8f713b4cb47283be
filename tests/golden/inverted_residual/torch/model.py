# inverted_residual.yaml · sha256 dfe0bcbaa95d · specgraph 0.1.0 · body 1ebe73a839c6
"""Residuals and expansions that some uses of one block lack.

Input   image: float32 [B, 3, 16, 16] (channels first)
Output  dense: float32 [B, 10]
Parameters: 5,738 trainable, 880 frozen
"""

from torch import Tensor, nn
from torch.nn import functional as F


class Inverted(nn.Module):
    def __init__(
        self, in_channels: int, filters: int, stride: int = 1, expansion: int = 6
    ) -> None:
        super().__init__()
        self.add = stride == 1 and in_channels == filters
        self.expand = (
            nn.Conv2d(in_channels, expansion * in_channels, 1, bias=False)
            if expansion != 1
            else nn.Identity()
        )
        self.batch_norm = nn.BatchNorm2d(expansion * in_channels)
        self.depthwise_conv2d = nn.Conv2d(
            expansion * in_channels,
            expansion * in_channels,
            3,
            padding=1,
            groups=expansion * in_channels,
            bias=False,
            stride=stride,
        )
        self.batch_norm_2 = nn.BatchNorm2d(expansion * in_channels)
        self.conv2d = nn.Conv2d(expansion * in_channels, filters, 1, bias=False)
        self.project = nn.BatchNorm2d(filters)

    def forward(self, x: Tensor) -> Tensor:
        y = self.expand(x)
        y = F.relu6(self.batch_norm(y))
        y = self.depthwise_conv2d(y)
        y = F.relu6(self.batch_norm_2(y))
        y = self.conv2d(y)
        y = self.project(y)
        output: Tensor = x + y if self.add else y
        return output


class InvertedResidual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv2d = nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.inverted = Inverted(8, 4, expansion=1)
        self.stage = nn.Sequential(
            *(
                nn.Sequential(
                    Inverted(channels, width, stride=stride),
                    nn.Sequential(*(Inverted(width, width) for _ in range(depth - 1))),
                )
                for channels, width, depth, stride in zip(
                    (4, 6), (6, 8), (2, 3), (2, 1), strict=True
                )
            )
        )
        self.dense = nn.Linear(8, 10)

    def forward(self, image: Tensor) -> Tensor:
        x = self.conv2d(image)  # [B, 8, 8, 8]
        x = self.inverted(x)  # [B, 4, 8, 8]
        x = self.stage(x)  # [B, 8, 4, 4]
        x = x.mean(dim=(2, 3))  # [B, 8]
        output: Tensor = self.dense(x)  # [B, 10]
        return output

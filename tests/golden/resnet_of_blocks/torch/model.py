# resnet_of_blocks.yaml · sha256 8fb6a12dde18 · specgraph 0.1.0 · body 6709b8e83640
"""A small ResNet, its blocks as classes or functions.

Input   image: float32 [B, 3, 16, 16] (channels first)
Output  logits: float32 [B, 10]
Parameters: 4,139 trainable, 402 frozen
"""

from torch import Tensor, nn
from torch.nn import functional as F


class ConvBn(nn.Module):
    def __init__(
        self, in_channels: int, filters: int, kernel_size: int = 3, stride: int = 1
    ) -> None:
        super().__init__()
        self.conv2d = nn.Conv2d(
            in_channels,
            filters,
            kernel_size,
            stride=stride,
            padding=kernel_size // 2,
            bias=False,
        )
        self.batch_norm = nn.BatchNorm2d(filters)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv2d(x)
        output: Tensor = self.batch_norm(x)
        return output


class Bottleneck(nn.Module):
    def __init__(self, in_channels: int, filters: int, stride: int = 1) -> None:
        super().__init__()
        self.reduce = ConvBn(in_channels, filters, kernel_size=1)
        self.conv = ConvBn(filters, filters, stride=stride)
        self.expand = ConvBn(filters, 4 * filters, kernel_size=1)
        self.shortcut = (
            ConvBn(in_channels, 4 * filters, kernel_size=1, stride=stride)
            if stride != 1 or in_channels != 4 * filters
            else nn.Identity()
        )

    def forward(self, x: Tensor) -> Tensor:
        main = F.relu(self.reduce(x))
        main = F.relu(self.conv(main))
        main = self.expand(main)
        shortcut = self.shortcut(x)
        return F.relu(main + shortcut)


class ResnetOfBlocks(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = ConvBn(3, 5, kernel_size=7, stride=2)
        self.stages = nn.Sequential(
            *(
                nn.Sequential(
                    Bottleneck(channels, width, stride=stride),
                    nn.Sequential(
                        *(Bottleneck(4 * width, width) for _ in range(depth - 1))
                    ),
                )
                for channels, width, depth, stride in zip(
                    (5, 16), (4, 6), (2, 3), (1, 2), strict=True
                )
            )
        )
        self.classifier = nn.Linear(24, 10)

    def forward(self, image: Tensor) -> Tensor:
        x = F.relu(self.stem(image))  # [B, 5, 8, 8]
        x = F.max_pool2d(x, 3, stride=2, padding=1)  # [B, 5, 4, 4]
        x = self.stages(x)  # [B, 24, 2, 2]
        x = x.mean(dim=(2, 3))  # [B, 24]
        output: Tensor = self.classifier(x)  # [B, 10]
        return output

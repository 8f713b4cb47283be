# mobilenet_v2.yaml · sha256 cfea03b3b899 · specgraph 0.1.0 · body 2c4a0bf90143
"""MobileNetV2 (Sandler et al., 2018).

Input   image: float32 [B, 3, 224, 224] (channels first)
Output  classifier: float32 [B, 1000]
Parameters: 3,504,872 trainable, 34,112 frozen
"""

from torch import Tensor, nn
from torch.nn import functional as F


class ConvBn(nn.Module):
    def __init__(
        self, in_channels: int, filters: int, kernel_size: int = 1, stride: int = 1
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


class InvertedResidual(nn.Module):
    def __init__(
        self, in_channels: int, filters: int, expansion: int, stride: int = 1
    ) -> None:
        super().__init__()
        self.add = stride == 1 and in_channels == filters
        self.relu6 = expansion != 1
        self.expand = (
            ConvBn(in_channels, expansion * in_channels)
            if expansion != 1
            else nn.Identity()
        )
        self.depthwise_conv2d = nn.Conv2d(
            expansion * in_channels,
            expansion * in_channels,
            3,
            padding=1,
            groups=expansion * in_channels,
            bias=False,
            stride=stride,
        )
        self.batch_norm = nn.BatchNorm2d(expansion * in_channels)
        self.project = ConvBn(expansion * in_channels, filters)

    def forward(self, x: Tensor) -> Tensor:
        y = self.expand(x)
        if self.relu6:
            y = F.relu6(y)
        y = self.depthwise_conv2d(y)
        y = F.relu6(self.batch_norm(y))
        y = self.project(y)
        output: Tensor = x + y if self.add else y
        return output


class MobilenetV2(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = ConvBn(3, 32, kernel_size=3, stride=2)
        self.stages = nn.Sequential(
            *(
                nn.Sequential(
                    InvertedResidual(
                        channels, width, expansion=expansion, stride=stride
                    ),
                    nn.Sequential(
                        *(
                            InvertedResidual(width, width, expansion=expansion)
                            for _ in range(times - 1)
                        )
                    ),
                )
                for channels, expansion, width, times, stride in zip(
                    (32, 16, 24, 32, 64, 96, 160),
                    (1, 6, 6, 6, 6, 6, 6),
                    (16, 24, 32, 64, 96, 160, 320),
                    (1, 2, 3, 4, 3, 3, 1),
                    (1, 2, 2, 2, 1, 2, 1),
                    strict=True,
                )
            )
        )
        self.head = ConvBn(320, 1280)
        self.dropout = nn.Dropout(0.2)
        self.classifier = nn.Linear(1280, 1000)

    def forward(self, image: Tensor) -> Tensor:
        x = F.relu6(self.stem(image))  # [B, 32, 112, 112]
        x = self.stages(x)  # [B, 320, 7, 7]
        x = F.relu6(self.head(x))  # [B, 1280, 7, 7]
        x = x.mean(dim=(2, 3))  # [B, 1280]
        x = self.dropout(x)  # [B, 1280]
        output: Tensor = self.classifier(x)  # [B, 1000]
        return output

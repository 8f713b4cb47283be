# densenet.yaml · sha256 2322e3c713fb · specgraph 0.1.0 · body 58bad762bfd4
"""DenseNet image classifier (Huang et al., 2017).

Input   image: float32 [B, 3, 224, 224] (channels first)
Output  classifier: float32 [B, 1000]
Parameters: 7,978,856 trainable, 83,648 frozen
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class DenseLayer(nn.Module):
    def __init__(self, in_channels: int, growth: int) -> None:
        super().__init__()
        self.batch_norm = nn.BatchNorm2d(in_channels)
        self.conv2d = nn.Conv2d(in_channels, 4 * growth, 1, bias=False)
        self.batch_norm_2 = nn.BatchNorm2d(4 * growth)
        self.conv2d_2 = nn.Conv2d(4 * growth, growth, 3, padding=1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.batch_norm(x))
        y = self.conv2d(y)
        y = F.relu(self.batch_norm_2(y))
        y = self.conv2d_2(y)
        return torch.cat((x, y), dim=1)


class Transition(nn.Module):
    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.batch_norm = nn.BatchNorm2d(in_channels)
        self.conv2d = nn.Conv2d(in_channels, in_channels // 2, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.batch_norm(x))
        x = self.conv2d(x)
        return F.avg_pool2d(x, 2)


class Stages(nn.Module):
    def __init__(self, channels: int, depth: int, last: bool) -> None:
        super().__init__()
        self.dense_layer = nn.Sequential(
            *(DenseLayer(channels + i * 32, 32) for i in range(depth))
        )
        self.transition = (
            Transition(channels + depth * 32) if not last else nn.Identity()
        )

    def forward(self, x: Tensor) -> Tensor:
        x = self.dense_layer(x)
        output: Tensor = self.transition(x)
        return output


class Densenet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv2d = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)
        self.batch_norm = nn.BatchNorm2d(64)
        self.stages = nn.Sequential(
            *(
                Stages(channels, depth, last=last)
                for channels, depth, last in zip(
                    (64, 128, 256, 512),
                    (6, 12, 24, 16),
                    (False, False, False, True),
                    strict=True,
                )
            )
        )
        self.batch_norm_2 = nn.BatchNorm2d(1024)
        self.classifier = nn.Linear(1024, 1000)

    def forward(self, image: Tensor) -> Tensor:
        x = self.conv2d(image)  # [B, 64, 112, 112]
        x = F.relu(self.batch_norm(x))  # [B, 64, 112, 112]
        x = F.max_pool2d(x, 3, stride=2, padding=1)  # [B, 64, 56, 56]
        x = self.stages(x)  # [B, 1024, 7, 7]
        x = F.relu(self.batch_norm_2(x))  # [B, 1024, 7, 7]
        x = x.mean(dim=(2, 3))  # [B, 1024]
        output: Tensor = self.classifier(x)  # [B, 1000]
        return output

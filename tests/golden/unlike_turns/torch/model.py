# unlike_turns.yaml · sha256 ba14faa01bb6 · specgraph 0.1.0 · body c5ca6177abcf
"""Loops whose turns differ in more than numbers.

Input   image: float32 [B, 3, 16, 16] (channels first)
Output  dense: float32 [B, 3]
Parameters: 8,783
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Stem(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv2d = nn.Conv2d(channels, 4, 3, padding="same")

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.conv2d(x))


class StemWithPool(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return F.max_pool2d(x, 2)  # [B, 4, 8, 8]


class Unit(nn.Module):
    def __init__(self, in_channels: int, width: int) -> None:
        super().__init__()
        self.conv2d = nn.Conv2d(in_channels, width, 3, padding="same")
        self.layer_norm = nn.LayerNorm(width, eps=0.001)
        self.conv2d_2 = nn.Conv2d(width, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv2d(x)
        x = x.permute(0, 2, 3, 1)
        x = self.layer_norm(x)
        x = x.permute(0, 3, 1, 2)
        return F.relu(self.conv2d_2(x))


class UnitGelu(nn.Module):
    def __init__(self, in_channels: int, width: int) -> None:
        super().__init__()
        self.conv2d = nn.Conv2d(in_channels, width, 3, padding="same")
        self.layer_norm = nn.LayerNorm(width, eps=0.001)
        self.conv2d_2 = nn.Conv2d(width, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv2d(x)
        x = x.permute(0, 2, 3, 1)
        x = self.layer_norm(x)
        x = x.permute(0, 3, 1, 2)
        return F.gelu(self.conv2d_2(x))


class Heads(nn.Module):
    def __init__(self, channels: int, units: int) -> None:
        super().__init__()
        self.conv2d = nn.Conv2d(channels, units, 1)
        self.conv2d_2 = nn.Conv2d(channels, units, 3, padding="same")

    def forward(self, x: Tensor) -> Tensor:
        near = self.conv2d(x)  # [B, 4, 8, 8]
        wide = torch.tanh(self.conv2d_2(x))  # [B, 4, 8, 8]
        output: Tensor = near + wide  # [B, 4, 8, 8]
        return output


class HeadsUnits5(nn.Module):
    def __init__(self, channels: int, units: int) -> None:
        super().__init__()
        self.conv2d = nn.Conv2d(channels, units, 1)
        self.conv2d_2 = nn.Conv2d(channels, units, 3, padding="same")

    def forward(self, x: Tensor) -> Tensor:
        near = self.conv2d(x)  # [B, 5, 8, 8]
        wide = F.relu(self.conv2d_2(x))  # [B, 5, 8, 8]
        output: Tensor = near + wide  # [B, 5, 8, 8]
        return output


class Steps(nn.Module):
    def __init__(self, channels: int, last: bool) -> None:
        super().__init__()
        self.dense = nn.Linear(channels, 6) if not last else nn.Identity()
        self.layer_norm = nn.LayerNorm(channels, eps=0.001) if last else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        x = self.dense(x)  # [B, 6]
        output: Tensor = self.layer_norm(x)  # [B, 6]
        return output


class Tail(nn.Module):
    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.steps = nn.Sequential(
            *(
                Steps(channels, last)
                for channels, last in zip(
                    (in_channels, 6, 6), (False, False, True), strict=True
                )
            )
        )

    def forward(self, x: Tensor) -> Tensor:
        output: Tensor = self.steps(x)  # [B, 6]
        return output


class TailDepth4(nn.Module):
    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.steps = nn.Sequential(
            *(Steps(in_channels, last) for last in (False, False, False, True))
        )

    def forward(self, x: Tensor) -> Tensor:
        output: Tensor = self.steps(x)  # [B, 6]
        return output


class UnlikeTurns(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            *(Stem(channels) for channels in (3, 4)), StemWithPool(), Stem(4)
        )
        self.body = nn.Sequential(
            *(Unit(in_channels, 8 + 4 * i) for i, in_channels in enumerate((4, 8))),
            *(
                UnitGelu(in_channels, 8 + 4 * i)
                for i, in_channels in enumerate((12, 16), 2)
            ),
        )
        self.heads = nn.Sequential(
            Heads(20, 4), *(HeadsUnits5(channels, 5) for channels in (4, 5))
        )
        self.tail = Tail(5)
        self.tail_2 = TailDepth4(6)
        self.dense = nn.Linear(6, 3)
        self.apply(self._initialize)

    @staticmethod
    def _initialize(module: nn.Module) -> None:
        if isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.xavier_uniform_(module.weight)
            if module.bias is not None:
                nn.init.zeros_(module.bias)

    def forward(self, image: Tensor) -> Tensor:
        x = self.stem(image)  # [B, 4, 8, 8]
        x = self.body(x)  # [B, 20, 8, 8]
        x = self.heads(x)  # [B, 5, 8, 8]
        x = x.mean(dim=(2, 3))  # [B, 5]
        x = self.tail(x)  # [B, 6]
        x = self.tail_2(x)  # [B, 6]
        output: Tensor = self.dense(x)  # [B, 3]
        return output

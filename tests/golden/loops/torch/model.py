# loops.yaml · sha256 af2db43df7ad · specgraph 0.1.0 · body cde1c8ac265f
"""Repeats of ops, groups and blocks, with and without a counter.

Input   x: float32 [B, 8]
Output  dense: float32 [B, 3]
Parameters: 513
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Steps(nn.Module):
    def __init__(self, channels: int, rate: float) -> None:
        super().__init__()
        self.dropout = nn.Dropout(rate)
        self.dense = nn.Linear(channels, 6)
        self.layer_norm = nn.LayerNorm(6, eps=0.001)

    def forward(self, x: Tensor) -> Tensor:
        x = self.dropout(x)  # [B, 6]
        x = self.dense(x)  # [B, 6]
        output: Tensor = self.layer_norm(x)  # [B, 6]
        return output


class Gated(nn.Module):
    def __init__(self, in_channels: int, units: int) -> None:
        super().__init__()
        self.dense = nn.Linear(in_channels, units)
        self.extra = nn.Linear(units, units)

    def forward(self, x: Tensor, gate: Tensor) -> tuple[Tensor, Tensor]:
        inner = torch.tanh(self.dense(x))  # [B, 6]
        x = self.extra(inner)  # [B, 6]
        out = x * gate  # [B, 6]
        return out, inner


class GatedRelu(nn.Module):
    def __init__(self, in_channels: int, units: int) -> None:
        super().__init__()
        self.dense = nn.Linear(in_channels, units)

    def forward(self, x: Tensor, gate: Tensor) -> tuple[Tensor, Tensor]:
        inner = F.relu(self.dense(x))  # [B, 6]
        x = inner  # [B, 6]
        out = x * gate  # [B, 6]
        return out, inner


class Loops(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(8, 6)
        self.chain = nn.ModuleList(nn.Linear(6, 6) for _ in range(3))
        self.steps = nn.Sequential(*(Steps(6, rate) for rate in (0.1, 0.2)))
        self.gates = nn.ModuleDict({"0": GatedRelu(6, 6), "1": GatedRelu(6, 6)})
        self.last = Gated(6, 6)
        self.dense = nn.Linear(18, 3)
        self.apply(self._initialize)

    @staticmethod
    def _initialize(module: nn.Module) -> None:
        if isinstance(module, nn.Linear):
            nn.init.xavier_uniform_(module.weight)
            nn.init.zeros_(module.bias)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.tanh(self.first(x))  # [B, 6]
        y = x
        for layer in self.chain:
            y = F.relu(layer(y))
        y = self.steps(y)  # [B, 6]
        y, gates_0_dense = self.gates["0"](y, x)
        y, gates_1_dense = self.gates["1"](y, x)
        x, _ = self.last(y, x)
        x = torch.cat((x, gates_0_dense, gates_1_dense), dim=-1)  # [B, 18]
        output: Tensor = self.dense(x)  # [B, 3]
        return output

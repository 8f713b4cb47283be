# stem_and_head.yaml · sha256 0c81f13be3cf · specgraph 0.1.0 · body f3bd6623127a
"""Groups are scopes; the stem is frozen, sizes come from parameters.

Input   image: float32 [B, 3, 32, 32] (channels first)
Output  dense_2: float32 [B, 4]
Parameters: 9,300 trainable, 1,808 frozen
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class StemAndHead(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.ModuleDict(
            {
                "conv2d": nn.Conv2d(3, 8, 5, stride=2),
                "inner": nn.ModuleDict(
                    {
                        "conv2d": nn.Conv2d(8, 16, 3),
                        "layer_norm": nn.LayerNorm(16, eps=0.001),
                    }
                ),
            }
        )
        self.head = nn.ModuleDict(
            {
                "dense": nn.Linear(576, 16),
                "dropout": nn.Dropout(0.25),
                "dense_2": nn.Linear(16, 4),
            }
        )
        self.stem["conv2d"].requires_grad_(False)
        self.stem.get_submodule("inner.conv2d").requires_grad_(False)
        self.stem.get_submodule("inner.layer_norm").requires_grad_(False)
        self.apply(self._initialize)

    @staticmethod
    def _initialize(module: nn.Module) -> None:
        if isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.xavier_uniform_(module.weight)
            if module.bias is not None:
                nn.init.zeros_(module.bias)

    def logits(self, image: Tensor) -> Tensor:
        x = F.pad(image, (1, 2, 1, 2))  # [B, 3, 35, 35]
        x = F.gelu(self.stem["conv2d"](x))  # [B, 8, 16, 16]
        x = F.avg_pool2d(x, 2)  # [B, 8, 8, 8]
        x = self.stem.get_submodule("inner.conv2d")(x)  # [B, 16, 6, 6]
        x = x.permute(0, 2, 3, 1)  # [B, 6, 6, 16]
        x = self.stem.get_submodule("inner.layer_norm")(x)  # [B, 6, 6, 16]
        x = torch.flatten(x, 1)  # [B, 576]
        x = F.silu(self.head["dense"](x))  # [B, 16]
        x = self.head["dropout"](x)  # [B, 16]
        logits: Tensor = self.head["dense_2"](x)  # [B, 4]
        return logits

    def forward(self, image: Tensor) -> Tensor:
        return F.softmax(self.logits(image), dim=-1)

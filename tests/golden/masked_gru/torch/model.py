# masked_gru.yaml · sha256 0ea181f4c663 · specgraph 0.1.0 · body 4bc47f24ceee
"""Words padded with zeros; the mask is a value that is passed on.

Input   words: int32 [B, time]
Output  dense: float32 [B, 1]
Parameters: 1,737
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def skipping(
    layer: nn.Module,
    x: Tensor,
    mask: Tensor,
    state: Tensor | tuple[Tensor, Tensor] | None = None,
    zero_absent: bool = False,
) -> Tensor:
    """Outputs of a recurrent layer that skips steps: those repeat the last output.

    The present steps go to the front, where what follows them cannot reach them; each
    step then takes the output of the last present one, or zeros before the first.
    """
    order = torch.argsort(mask.int(), dim=1, descending=True, stable=True)
    outputs, _ = layer(x.take_along_dim(order.unsqueeze(2), 1), state)
    outputs = F.pad(outputs, (0, 0, 1, 0))
    found: Tensor = outputs.take_along_dim(mask.cumsum(1).unsqueeze(2), 1)
    return found * mask.unsqueeze(2) if zero_absent else found


class MaskedGru(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(100, 8)
        self.gru = nn.GRU(8, 10, batch_first=True)
        self.last = nn.GRU(10, 6, batch_first=True)
        self.dense = nn.Linear(12, 1)
        self.apply(self._initialize)

    @staticmethod
    def _initialize(module: nn.Module) -> None:
        if isinstance(module, nn.Embedding):
            nn.init.uniform_(module.weight, -0.05, 0.05)
        if isinstance(module, nn.GRU):
            for name, parameter in module.named_parameters():
                if name == "weight_ih_l0":
                    nn.init.xavier_uniform_(parameter)
                elif name == "weight_hh_l0":
                    nn.init.orthogonal_(parameter)
                elif name in ("bias_ih_l0", "bias_hh_l0"):
                    nn.init.zeros_(parameter)
        if isinstance(module, nn.Linear):
            nn.init.xavier_uniform_(module.weight)
            nn.init.zeros_(module.bias)

    def logits(self, words: Tensor) -> Tensor:
        present = words != 0  # [B, time]
        x = self.embedding(words)  # [B, time, 8]
        x = skipping(self.gru, x, present)  # [B, time, 10]
        x = skipping(self.last, x, present)
        last_state = x[:, -1]
        x = x[:, -1]  # [B, 6]
        x = torch.cat((x, last_state), dim=-1)  # [B, 12]
        logits: Tensor = self.dense(x)  # [B, 1]
        return logits

    def forward(self, words: Tensor) -> Tensor:
        return torch.sigmoid(self.logits(words))

# masked_gru.yaml · sha256 ad404a0f09d0 · specgraph 0.1.0 · body 8125f6376145
"""Words padded with zeros; the mask is a value that is passed on.

Input   words: int32 [B, time]
Output  dense: float32 [B, 1]
Parameters: 1,737
"""

from collections.abc import Callable
from functools import partial

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


def unrolled(
    step: Callable[..., tuple[Tensor, ...]],
    x: Tensor,
    states: tuple[Tensor, ...],
    mask: Tensor | None = None,
    zero_absent: bool = False,
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Outputs and last states of a recurrent cell, step by step.

    A step that is not in the mask keeps the states and repeats the last output.
    """
    output = zeros = torch.zeros_like(states[0])
    outputs = []
    for time in range(x.shape[1]):
        after = step(x[:, time], *states)
        if mask is not None:
            present = mask[:, time, None]
            missing = zeros if zero_absent else output
            output = torch.where(present, after[0], missing)
            pairs = zip(after, states, strict=True)
            after = tuple(torch.where(present, new, old) for new, old in pairs)
        outputs.append(after[0] if mask is None else output)
        states = after
    return torch.stack(outputs, 1), states


def gru_cell(
    layer: nn.Module,
    x: Tensor,
    h: Tensor,
    activation: Callable[[Tensor], Tensor] = torch.tanh,
    recurrent_activation: Callable[[Tensor], Tensor] = torch.sigmoid,
    reset_after: bool = True,
) -> tuple[Tensor]:
    """A step of `nn.GRU`, which knows neither other activations nor an early reset."""
    assert isinstance(layer, nn.GRU)
    kernel, recurrent_kernel, *biases = layer.all_weights[0]
    r, z, new = F.linear(x, kernel, *biases[:1]).chunk(3, 1)
    r_h, z_h, new_h = F.linear(h, recurrent_kernel, *biases[1:]).chunk(3, 1)
    r, z = recurrent_activation(r + r_h), recurrent_activation(z + z_h)
    if reset_after:
        new = activation(new + r * new_h)
    else:
        new = activation(new + F.linear(r * h, recurrent_kernel.chunk(3)[2]))
    return (z * h + (1 - z) * new,)


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
        x, (last_state,) = unrolled(
            partial(gru_cell, self.last), x, (x.new_zeros(x.shape[0], 6),), mask=present
        )
        x = x[:, -1]  # [B, 6]
        x = torch.cat((x, last_state), dim=-1)  # [B, 12]
        logits: Tensor = self.dense(x)  # [B, 1]
        return logits

    def forward(self, words: Tensor) -> Tensor:
        return torch.sigmoid(self.logits(words))

"""Recurrent layers beyond `nn.LSTM` and its kin: masks, other activations and gates."""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


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


def skipping_both_ways(
    layer: nn.Module,
    x: Tensor,
    mask: Tensor,
    state: Tensor | tuple[Tensor, Tensor] | None = None,
) -> tuple[Tensor, Any]:
    """Outputs and last states of a bidirectional layer that skips steps.

    The present steps go to the front and are packed; a step that is not gives zeros,
    and where none is present, the states are those before the first step.
    """
    order = torch.argsort(mask.int(), dim=1, descending=True, stable=True)
    x = x.take_along_dim(order.unsqueeze(2), 1)
    lengths = mask.sum(1).clamp(min=1).cpu()
    packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
    outputs, states = layer(packed, state)
    outputs, _ = pad_packed_sequence(outputs, True, total_length=x.shape[1])
    places = (mask.cumsum(1) - 1).clamp(min=0).unsqueeze(2)
    outputs = outputs.take_along_dim(places, 1) * mask.unsqueeze(2)
    present = mask.any(1).unsqueeze(1)
    if isinstance(states, tuple):
        before = state or (torch.zeros_like(states[0]),) * 2
        pairs = zip(states, before, strict=True)
        return outputs, tuple(torch.where(present, h, first) for h, first in pairs)
    start = state if isinstance(state, Tensor) else torch.zeros_like(states)
    return outputs, torch.where(present, states, start)


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
            present = mask[:, time].view(-1, *(1,) * (output.dim() - 1))
            missing = zeros if zero_absent else output
            output = torch.where(present, after[0], missing)
            pairs = zip(after, states, strict=True)
            after = tuple(torch.where(present, new, old) for new, old in pairs)
        outputs.append(after[0] if mask is None else output)
        states = after
    return torch.stack(outputs, 1), states


def unrolled_both_ways(
    step: Callable[..., tuple[Tensor, ...]],
    x: Tensor,
    states: tuple[Tensor, ...],
    mask: Tensor | None = None,
) -> tuple[Tensor, Any]:
    """Outputs and last states of a recurrent cell that reads both ways, step by step.

    States are stacked by direction; a step that is not in the mask gives zeros.
    """
    first, second = zip(*states, strict=True)
    forward, ends = unrolled(step, x, first, mask, True)
    mask = mask if mask is None else mask.flip(1)
    step = partial(step, direction=1)
    backward, starts = unrolled(step, x.flip(1), second, mask, True)
    last = tuple(torch.stack(pair) for pair in zip(ends, starts, strict=True))
    outputs = torch.cat((forward, backward.flip(1)), 2)
    return outputs, last if len(last) > 1 else last[0]


def lstm_cell(
    layer: nn.Module,
    x: Tensor,
    h: Tensor,
    c: Tensor,
    activation: Callable[[Tensor], Tensor] = torch.tanh,
    recurrent_activation: Callable[[Tensor], Tensor] = torch.sigmoid,
    direction: int = 0,
) -> tuple[Tensor, Tensor]:
    """A step of `nn.LSTM`, which knows neither other activations nor masks."""
    assert isinstance(layer, nn.LSTM)
    kernel, recurrent_kernel, *biases = layer.all_weights[direction]
    joint = F.linear(x, kernel, *biases[:1])
    joint = joint + F.linear(h, recurrent_kernel, *biases[1:])
    i, f, new, o = joint.chunk(4, 1)
    c = recurrent_activation(f) * c + recurrent_activation(i) * activation(new)
    return recurrent_activation(o) * activation(c), c


def gru_cell(
    layer: nn.Module,
    x: Tensor,
    h: Tensor,
    activation: Callable[[Tensor], Tensor] = torch.tanh,
    recurrent_activation: Callable[[Tensor], Tensor] = torch.sigmoid,
    reset_after: bool = True,
    direction: int = 0,
) -> tuple[Tensor]:
    """A step of `nn.GRU`, which knows neither other activations nor an early reset."""
    assert isinstance(layer, nn.GRU)
    kernel, recurrent_kernel, *biases = layer.all_weights[direction]
    r, z, new = F.linear(x, kernel, *biases[:1]).chunk(3, 1)
    r_h, z_h, new_h = F.linear(h, recurrent_kernel, *biases[1:]).chunk(3, 1)
    r, z = recurrent_activation(r + r_h), recurrent_activation(z + z_h)
    if reset_after:
        new = activation(new + r * new_h)
    else:
        new = activation(new + F.linear(r * h, recurrent_kernel.chunk(3)[2]))
    return (z * h + (1 - z) * new,)


def rnn_cell(
    layer: nn.Module,
    x: Tensor,
    h: Tensor,
    activation: Callable[[Tensor], Tensor] = torch.tanh,
    direction: int = 0,
) -> tuple[Tensor]:
    """A step of `nn.RNN`, which knows neither other activations nor masks."""
    assert isinstance(layer, nn.RNN)
    kernel, recurrent_kernel, *biases = layer.all_weights[direction]
    joint = F.linear(x, kernel, *biases[:1])
    return (activation(joint + F.linear(h, recurrent_kernel, *biases[1:])),)


class ConvLSTMCell(nn.Module):
    """A step of a recurrent convolution, which PyTorch has not (Shi et al., 2015)."""

    def __init__(
        self,
        input: nn.Conv2d,
        recurrent: nn.Conv2d,
        activation: Callable[[Tensor], Tensor] = torch.tanh,
        recurrent_activation: Callable[[Tensor], Tensor] = torch.sigmoid,
    ) -> None:
        super().__init__()
        self.input = input
        self.recurrent = recurrent
        self.activation = activation
        self.recurrent_activation = recurrent_activation

    def forward(self, x: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
        i, f, new, o = (self.input(x) + self.recurrent(h)).chunk(4, 1)
        i, f, o = (self.recurrent_activation(gate) for gate in (i, f, o))
        c = f * c + i * self.activation(new)
        return o * self.activation(c), c

"""What is added to the scores of attention by distance."""

import math

import torch
from torch import Tensor


def relative_buckets(
    scores: Tensor,
    buckets: int = 32,
    max_distance: int = 128,
    bidirectional: bool = True,
) -> Tensor:
    """The bucket of the distance between each query and key, as in T5.

    Near ones have one each, far ones share by the logarithm.
    """
    side = buckets // 2 if bidirectional else buckets
    exact, span = side // 2, math.log(max_distance / (side // 2))
    shares = (math.log(n / exact) / span for n in range(exact, max_distance + 1))
    far = [min(exact + int(share * (side - exact)), side - 1) for share in shares]
    bucket = torch.tensor([*range(exact), *far], device=scores.device)
    keys = torch.arange(scores.shape[-1], device=scores.device)
    queries = torch.arange(scores.shape[-2], device=scores.device)
    ahead = keys - queries.unsqueeze(1)
    distance = ahead.abs() if bidirectional else (-ahead).clamp(min=0)
    found = bucket[distance.clamp(max=max_distance)]
    return found + side * (ahead > 0) if bidirectional else found


def window_offsets(scores: Tensor, height: int, width: int) -> Tensor:
    """A number for the offset between each two cells of a window, as in Swin."""
    cell = torch.arange(height * width, device=scores.device)
    down = cell.unsqueeze(1) // width - cell // width + height - 1
    across = cell.unsqueeze(1) % width - cell % width + width - 1
    return down * (2 * width - 1) + across


def add_alibi(scores: Tensor, max_bias: float = 8.0) -> Tensor:
    """Takes from scores the distance of query and key, by a slope for each head.

    Attention with linear biases (Press et al., 2022).
    """
    heads, queries, keys = scores.shape[-3:]
    whole = 1 << (heads - 1).bit_length()
    slopes = [2 ** (-max_bias * i / whole) for i in range(1, whole + 1)]
    if whole != heads:
        slopes = [*slopes[1::2], *slopes[::2]][:heads]
    slope = torch.tensor(slopes, dtype=scores.dtype, device=scores.device)
    key = torch.arange(keys, device=scores.device)
    query = torch.arange(queries, device=scores.device)
    distance = (key - query.unsqueeze(1)).abs()
    return scores - slope.view(-1, 1, 1) * distance

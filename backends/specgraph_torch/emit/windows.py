"""Windows that `torch.nn.functional` cannot lay by itself."""

import torch
from torch import Tensor
from torch.nn import functional as F


def same_padding(
    x: Tensor,
    size: tuple[int, ...],
    stride: tuple[int, ...],
    dilation: tuple[int, ...] = (1, 1, 1),
) -> list[int]:
    """TensorFlow's `same` padding for `F.pad`; the odd cell comes after.

    It depends on the size of x, so no layer has it as a number.
    """
    amounts: list[int] = []
    for length, cells, step, gap in zip(
        x.shape[2:], size, stride, dilation, strict=False
    ):
        total = max((cells - 1) * gap + 1 - step + -length % step, 0)
        amounts = [total // 2, total - total // 2, *amounts]
    return amounts


def whole_padding(
    x: Tensor,
    padding: tuple[tuple[int, int], ...],
    size: tuple[int, ...],
    stride: tuple[int, ...],
    dilation: tuple[int, ...] = (1, 1, 1),
) -> list[int]:
    """Padding for `F.pad` with which the last windows of `ceil_mode` are whole.

    It depends on the size of x.  No window starts in the padding after x.
    """
    amounts: list[int] = []
    for length, pads, cells, step, gap in zip(
        x.shape[2:], padding, size, stride, dilation, strict=False
    ):
        length, reach = length + pads[0], (cells - 1) * gap + 1
        last = min(-((reach - length - pads[1]) // step), (length - 1) // step) * step
        amounts = [pads[0], last + reach - length, *amounts]
    return amounts


def window_sum(
    x: Tensor,
    size: tuple[int, ...],
    stride: tuple[int, ...],
    dilation: tuple[int, ...] = (1, 1, 1),
) -> Tensor:
    """Sums over windows; `F.avg_pool2d` and its kin know no dilation."""
    for axis, (cells, step, gap) in enumerate(
        zip(size, stride, dilation, strict=False), 2
    ):
        x = x.unfold(axis, (cells - 1) * gap + 1, step)[..., ::gap].sum(-1)
    return x


def window_mean(
    x: Tensor,
    padding: tuple[int, ...] | list[int],
    size: tuple[int, ...],
    stride: tuple[int, ...],
    dilation: tuple[int, ...] = (1, 1, 1),
    counted: tuple[int, ...] = (0, 0, 0, 0, 0, 0),
) -> Tensor:
    """Means over windows of the cells in x, and of `counted` cells of the padding.

    `F.avg_pool2d` and its kin know no dilation, and one padding for both sides.
    """
    ones = F.pad(torch.ones_like(x[:1, :1]), counted[: len(padding)], value=1)
    rest = [whole - part for whole, part in zip(padding, counted, strict=False)]
    cells = window_sum(F.pad(ones, rest), size, stride, dilation)
    return window_sum(F.pad(x, padding), size, stride, dilation) / cells

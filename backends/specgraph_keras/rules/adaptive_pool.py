"""Pooling to a size: `layers.AdaptiveAveragePooling2D` and its kin."""

from __future__ import annotations

from specgraph.lower.code import call, uniform
from specgraph.lower.rules import At, Lowered
from specgraph.ops.adaptive_pool import (
    AdaptiveAveragePool,
    AdaptiveAveragePool1D,
    AdaptiveAveragePool2D,
    AdaptiveMaxPool,
    AdaptiveMaxPool1D,
    AdaptiveMaxPool2D,
    AdaptivePool,
)
from specgraph_keras.rules.base import RULES, chain, make


@RULES.lower(AdaptiveAveragePool1D, AdaptiveAveragePool2D)
def adaptive_average_pool(op: AdaptiveAveragePool, at: At) -> Lowered:
    """The framework's layer, or a helper where a size is only known when it runs."""
    if not all(isinstance(size, int) for size in at.type.spatial):
        return _of_any_size(op, at, "AdaptiveMean")
    size = uniform(op.output_size)
    return chain(at, make(at, f"AdaptiveAveragePooling{op.dims}D", size))


@RULES.lower(AdaptiveMaxPool1D, AdaptiveMaxPool2D)
def adaptive_max_pool(op: AdaptiveMaxPool, at: At) -> Lowered:
    """The framework's layer, the last axis before the others, or a helper.

    The layer takes the first axis first, so that of equals another would get the
    gradient than the first of the window.  Where one window is the whole axis, its
    gradient in TensorFlow 2.21 is memory that nothing wrote.
    """
    sizes = [size for size in at.type.spatial if isinstance(size, int)]
    if len(sizes) < op.dims or 1 in (*sizes, *op.output_size):
        return _of_any_size(op, at, "AdaptiveMax")
    function = f"layers.AdaptiveMaxPooling{op.dims}D"
    last = make(at, f"AdaptiveMaxPooling{op.dims}D", uniform(op.output_size))
    if op.dims == 1 or any(map(int.__eq__, sizes, op.output_size)):
        return chain(at, last)
    first = (sizes[0], op.output_size[1])
    return chain(at, call(function, first, name=at.layer("_width")), last)


def _of_any_size(op: AdaptivePool, at: At, helper: str) -> Lowered:
    """A helper that finds the windows when it runs."""
    windows, layer = at.helper("adaptive_windows"), at.helper(helper)
    assert windows
    return chain(at, make(at, layer, op.output_size))

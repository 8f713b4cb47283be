"""Parts of losses that Keras has not, or computes otherwise."""

from typing import Any

from keras import ops


def bounded_log(p: Any, least: float) -> Any:
    """log p, but at least `least`, where its gradient is 0, not the NaN of log 0."""
    positive = p > 0
    logarithm = ops.log(ops.where(positive, p, 1.0))
    return ops.maximum(ops.where(positive, logarithm, least), least)

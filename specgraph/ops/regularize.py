"""Regularization: what acts in training alone."""

from __future__ import annotations

from typing import ClassVar

from specgraph.ops.base import (
    Bound,
    Fraction,
    Op,
    Order,
    Sample,
    SampleInput,
    TensorType,
    register_op,
)


@register_op
class Dropout(Op):
    """In training, zero with probability `rate`, else x / (1 - rate).

    Otherwise the identity.  Srivastava et al., 2014, scaled in training.
    """

    label: ClassVar[str] = "dropout"
    leading: ClassVar[str | None] = "rate"
    order: ClassVar[Order] = "elementwise"
    random: ClassVar[bool] = True
    spellings = {"p": "rate", "prob": "rate", "probability": "rate"}

    rate: Fraction
    """The fraction that is dropped."""

    samples = (
        Sample("features", 0.25, (SampleInput((5,)),)),
        Sample("any length", 0.5, (SampleInput(("time", 3)),), "torch"),
        Sample("nothing dropped", 0, (SampleInput((5,)),)),
        Sample("all dropped", 1, (SampleInput((5,)),)),
        Sample(
            "image, channels first",
            0.5,
            (SampleInput((4, 3, 5), layout="channels_first"),),
            "torch",
        ),
    )

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The input's type."""
        return {"output": inputs.first}

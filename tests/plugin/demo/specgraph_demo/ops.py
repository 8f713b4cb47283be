"""An op that specgraph does not have."""

from __future__ import annotations

from typing import ClassVar

from specgraph.ops.base import (
    Bound,
    Op,
    Order,
    Param,
    Sample,
    SampleInput,
    ShapeError,
    TensorType,
    default,
    register_op,
)
from specgraph.training.initializers import InitializerField


@register_op
class ChannelAffine(Op):
    """x * scale + shift, a scale and a shift per channel."""

    label: ClassVar[str] = "channel_affine"
    leading: ClassVar[str | None] = "use_shift"
    order: ClassVar[Order] = "spatial"

    use_shift: bool = True
    """Whether a shift is added."""
    scale_initializer: InitializerField = default("ones")
    shift_initializer: InitializerField = default("zeros")

    samples = (
        Sample("sequence, any length", None, (SampleInput(("time", 3)),)),
        Sample("image", False, (SampleInput((5, 4, 3)),)),
        Sample(
            "channels first",
            {"scale_initializer": {"random_normal": 0.1}, "shift_initializer": "ones"},
            (SampleInput((4, 5, 3), layout="channels_first"),),
            "torch",
        ),
    )

    def params(self, inputs: Bound[TensorType]) -> tuple[Param, ...]:
        """`scale` and `shift` [channels]."""
        kind = inputs.first
        if len(kind.shape) not in (2, 3):
            raise ShapeError(
                f"channel_affine needs one or two spatial axes, got {kind}"
            )
        shape = (self.fixed(kind.channels, "channels"),)
        scale = Param("scale", shape, self.scale_initializer)
        shift = Param("shift", shape, self.shift_initializer)
        return (scale, shift) if self.use_shift else (scale,)

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The input's type."""
        self.params(inputs)
        return {"output": inputs.first}

"""What layers share whose kernel slides over spatial axes: windows, and a bias."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

from specgraph.ops.base import (
    ActivationField,
    Bound,
    Param,
    TensorType,
    activated,
)
from specgraph.ops.dims import Dim
from specgraph.ops.window import (
    Padding,
    Sizes,
    Windowed,
    padded_by,
    reach,
    window_count,
)
from specgraph.training.constraints import ConstraintField
from specgraph.training.initializers import InitializerField
from specgraph.training.regularizers import RegularizerField

KAIMING_UNIFORM = {
    "variance_scaling": {"scale": 1 / 3, "mode": "fan_in", "distribution": "uniform"}
}
"""torch's `kaiming_uniform_(a=sqrt(5))`: U(-1/sqrt(fan_in), 1/sqrt(fan_in))."""

PaddingMode = Literal["zeros", "reflect", "replicate", "circular"]
"""What padding holds: zeros, or copies of the input."""

STARTS = {
    "kernel_initializer": "ones",
    "bias_initializer": "ones",
    "kernel_regularizer": "l2",
    "bias_regularizer": "l1",
    "kernel_constraint": {"max_norm": {"max_value": 0.5, "axis": (0, -1)}},
    "bias_constraint": "non_neg",
}
"""Of samples: what is said of weights that is no default."""


class Kernelled(Windowed):
    """An op with a kernel for its windows.

    The attributes that all of them have; each op declares them, in an order of its own.
    """

    leading: ClassVar[str | None] = "filters"
    spellings: ClassVar[Mapping[str, str]] = {
        "out_channels": "filters",
        "out_features": "filters",
        "kernel": "kernel_size",
        "stride": "strides",
        "dilation": "dilation_rate",
        "bias": "use_bias",
    }

    if TYPE_CHECKING:
        kernel_size: Sizes
        strides: Sizes
        padding: Padding
        dilation_rate: Sizes
        activation: ActivationField
        use_bias: bool
        bias_initializer: InitializerField
        bias_regularizer: RegularizerField
        bias_constraint: ConstraintField

    def bias(self, filters: int, fan: int) -> tuple[Param, ...]:
        """`bias` [filters] if there is one; `fan` is what each output sums."""
        if not self.use_bias:
            return ()
        return (self.weight("bias", (filters,)).with_fan(fan),)


class Sliding(Kernelled):
    """A kernel over every window of the input, which may be padded with copies of it."""

    if TYPE_CHECKING:
        padding_mode: PaddingMode

    def slid(self, inputs: Bound[TensorType], filters: int) -> dict[str, TensorType]:
        """The output with `filters` channels, a position for each window."""
        found = self.spatial_input(inputs)
        self._check_mode(inputs)
        counts: list[Dim] = [
            window_count(
                length,
                self.padding if isinstance(self.padding, str) else self.padding[axis],
                self.kernel_size[axis],
                self.strides[axis],
                self.dilation_rate[axis],
            )
            for axis, length in enumerate(found.spatial)
        ]
        window = tuple(map(reach, self.kernel_size, self.dilation_rate))
        spatial = self.fitting(found, counts, window)
        output = found.with_spatial(spatial, filters)
        return {"output": activated(self.activation, output)}

    def _check_mode(self, inputs: Bound[TensorType]) -> None:
        if self.padding_mode not in ("reflect", "circular"):
            return
        spare = 1 if self.padding_mode == "reflect" else 0
        for axis, length in enumerate(inputs.first.spatial):
            size, gap = self.kernel_size[axis], self.dilation_rate[axis]
            if isinstance(length, int):
                stride = self.strides[axis]
                added = padded_by(self.padding, axis, length, size, stride, gap)
            else:
                added = padded_by(self.padding, axis, 1, size, 1, gap)
            if max(added):
                mode = self.padding_mode
                self.enough(length, max(added) + spare, mode, inputs)

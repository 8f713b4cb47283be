"""Recurrent convolutions."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import model_validator

from specgraph.definition import CallError, Problem
from specgraph.ops.activation import OverAxes
from specgraph.ops.base import (
    INPUT,
    MASK,
    ActivationField,
    Bound,
    Count,
    Order,
    Param,
    Port,
    Sample,
    SampleInput,
    ShapeError,
    TensorType,
    default,
    register_op,
)
from specgraph.ops.dims import Dim, product
from specgraph.ops.kernel import Kernelled
from specgraph.ops.proofs import proves_equal
from specgraph.ops.window import Padding, Sizes, reach, window_count
from specgraph.training.constraints import ConstraintField
from specgraph.training.initializers import InitializerField, Ones
from specgraph.training.regularizers import RegularizerField

GATES = ("i", "f", "c", "o")
_FRAMES = SampleInput(("time", 5, 6, 3))
_STATE = SampleInput((3, 4, 2), port="initial_state")
_WHOLE = {"filters": 2, "kernel_size": 3, "return_sequences": True}
_ALL = {**_WHOLE, "return_state": True}


@register_op
class ConvLSTM2D(Kernelled):
    """Long short-term memory whose products are convolutions (Shi et al., 2015).

    i, f, o = gate(x * W + h * U + b);  c = f c + i act(x * W + h * U + b);
    h = o act(c).  Frames are [time, height, width, channels] in the value's layout, the
    kernels [*kernel_size, channels, 4 filters], gates in the order i, f, c, o.  The
    convolution of the state keeps its size: stride 1, `same`, no dilation.  The inputs
    `initial_state` (h, c) and `mask` [time] are as those of `lstm`, the output that of
    the last step, or of all.  As `keras.layers.ConvLSTM2D`; torch has none.
    """

    label: ClassVar[str] = "conv_lstm2d"
    dims: ClassVar[int] = 2
    order: ClassVar[Order] = "steps"
    ports: ClassVar[tuple[Port, ...]] = (
        INPUT,
        Port("initial_state", least=0, most=2),
        MASK,
    )
    states: ClassVar[tuple[str, ...]] = ("state_h", "state_c")

    filters: Count
    """The number of the state's channels."""
    kernel_size: Sizes
    """The size of both windows."""
    strides: Sizes = default(1)
    """How far the window moves over the input."""
    padding: Padding = "valid"
    """What is added around the input."""
    dilation_rate: Sizes = default(1)
    """The distance between the cells of the input's window."""
    activation: ActivationField = default("tanh")
    """The nonlinearity of the new state."""
    recurrent_activation: ActivationField = default("sigmoid")
    """The nonlinearity of the gates."""
    use_bias: bool = True
    """Whether a bias is added."""
    kernel_initializer: InitializerField = default("glorot_uniform")
    recurrent_initializer: InitializerField = default("orthogonal")
    bias_initializer: InitializerField = default("zeros")
    unit_forget_bias: bool = True
    """Whether the forget gate's bias starts at one."""
    kernel_regularizer: RegularizerField = None
    recurrent_regularizer: RegularizerField = None
    bias_regularizer: RegularizerField = None
    kernel_constraint: ConstraintField = None
    recurrent_constraint: ConstraintField = None
    bias_constraint: ConstraintField = None
    return_sequences: bool = False
    """Whether the output is that of every step."""
    return_state: bool = False
    """Whether the final states are outputs too."""
    go_backwards: bool = False
    """Whether time runs backwards; the outputs stay in that order."""
    zero_output_for_mask: bool = False
    """Whether a step that is not present gives zeros."""

    samples = (
        Sample("any length", {"filters": 2, "kernel_size": 3}, (_FRAMES,)),
        Sample(
            "same, even kernel, all steps and states",
            {**_ALL, "kernel_size": (2, 4), "padding": "same"},
            (SampleInput((3, 5, 4, 2)),),
        ),
        Sample(
            "strided, backwards, no bias",
            {
                **_WHOLE,
                "padding": "same",
                "strides": 2,
                "use_bias": False,
                "go_backwards": True,
            },
            (SampleInput((3, 5, 4, 2)),),
        ),
        Sample(
            "channels first, padding, dilation",
            {**_WHOLE, "padding": 1, "dilation_rate": 2},
            (SampleInput(("time", 3, 6, 7), layout="channels_first"),),
            "torch",
        ),
        Sample("initial states", _ALL, (_FRAMES, _STATE, _STATE)),
        Sample(
            "mask, states",
            _ALL,
            (_FRAMES, _STATE, _STATE, SampleInput(("time",), "bool", port="mask")),
        ),
        Sample(
            "mask, zeros",
            {**_WHOLE, "zero_output_for_mask": True},
            (_FRAMES, SampleInput(("time",), "bool", port="mask")),
        ),
        Sample(
            "other activations, initializers, penalties",
            {
                "filters": 2,
                "kernel_size": 2,
                "activation": "softplus",
                "recurrent_activation": "hard_sigmoid",
                "kernel_initializer": "ones",
                "recurrent_initializer": "zeros",
                "bias_initializer": "ones",
                "unit_forget_bias": False,
                "kernel_regularizer": "l2",
                "recurrent_regularizer": "l1",
                "bias_regularizer": "l2",
                "kernel_constraint": {"max_norm": {"max_value": 0.5, "axis": 3}},
                "recurrent_constraint": {"unit_norm": (0, 1, 2)},
                "bias_constraint": "non_neg",
            },
            (SampleInput((3, 4, 5, 2)),),
        ),
        Sample("frozen", {"filters": 2, "kernel_size": 2}, (_FRAMES,), trainable=False),
    )

    @model_validator(mode="after")
    def _acts_on_elements(self) -> Self:
        for name in ("activation", "recurrent_activation"):
            found = getattr(self, name)
            if isinstance(found, OverAxes):
                message = f"{self.label}: {found.label} is of no single elements"
                raise CallError(Problem("bad-value", message, (name,)))
        return self

    @model_validator(mode="after")
    def _has_one_of_both(self) -> Self:
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            message = f"{self.label} takes strides or dilation_rate, not both"
            raise CallError(Problem("bad-value", message, ("dilation_rate",)))
        return self

    def step(self, inputs: Bound[TensorType]) -> TensorType:
        """The type of one frame; raises ShapeError."""
        found = inputs.one("input")
        if len(found.shape) != self.dims + 2:
            raise ShapeError(
                f"{self.label} needs [time, height, width, channels] (4 written "
                f"dimensions), got {found}"
            )
        return TensorType(found.shape[1:], found.dtype, found.layout)

    def state(self, inputs: Bound[TensorType]) -> TensorType:
        """The type of a state; raises ShapeError."""
        frame = self.step(inputs)
        counts = [
            window_count(
                self.fixed(length, "cells along each axis of a frame"),
                self.padding if isinstance(self.padding, str) else self.padding[axis],
                self.kernel_size[axis],
                self.strides[axis],
                self.dilation_rate[axis],
            )
            for axis, length in enumerate(frame.spatial)
        ]
        window = tuple(map(reach, self.kernel_size, self.dilation_rate))
        return frame.with_spatial(self.fitting(frame, counts, window), self.filters)

    def params(self, inputs: Bound[TensorType]) -> tuple[Param, ...]:
        """`kernel`, `recurrent_kernel` and `bias`; gates joint, last."""
        channels = self.fixed(self.step(inputs).channels, "channels")
        found = [
            self.weight(
                "kernel", (*self.kernel_size, channels, 4 * self.filters), gates=GATES
            ),
            self.weight(
                "recurrent_kernel",
                (*self.kernel_size, self.filters, 4 * self.filters),
                "recurrent",
                gates=GATES,
            ),
        ]
        if self.use_bias:
            forget = (("f", Ones()),) if self.unit_forget_bias else ()
            shape = (4 * self.filters,)
            found.append(
                self.weight("bias", shape, gates=GATES, gate_initializers=forget)
            )
        fan = self.filters * self.kernel_size[0] * self.kernel_size[1]
        return tuple(param.with_fan(fan) for param in found)

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """A frame of `filters` channels or one for each step, and the states."""
        state = self.state(inputs)
        given = inputs.many("initial_state")
        if len(given) not in (0, 2) or any(one.shape != state.shape for one in given):
            shown = ", ".join(map(str, given))
            raise ShapeError(f"{self.label} has two states {state}, got {shown}")
        time = inputs.one("input").shape[0]
        mask = inputs.maybe("mask")
        if mask is not None and not (
            len(mask.shape) == 1 and proves_equal(mask.shape[0], time, inputs.sizes)
        ):
            raise ShapeError(f"{self.label}: mask must be [{time}], got {mask}")
        output = state
        if self.return_sequences:
            output = TensorType((time, *state.shape), state.dtype, state.layout)
        if not self.return_state:
            return {"output": output}
        return {"output": output, **dict.fromkeys(self.states, state)}

    def multiply_adds(self, inputs: Bound[TensorType]) -> Dim:
        """One per element of both kernels, place of the state and step."""
        kernel, recurrent, *_ = self.params(inputs)
        places = self.state(inputs).spatial
        steps = inputs.one("input").shape[0]
        return product((steps, *places, kernel.size + recurrent.size))

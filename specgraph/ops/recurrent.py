"""Recurrent layers."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from specgraph.definition import by_semantics
from specgraph.ops.base import (
    INPUT,
    MASK,
    ActivationField,
    Bound,
    Count,
    Op,
    Param,
    Port,
    Sample,
    SampleInput,
    ShapeError,
    TensorType,
    default,
    register_op,
)
from specgraph.ops.dims import Dim
from specgraph.ops.proofs import proves_equal
from specgraph.training.constraints import ConstraintField, NormConstraint
from specgraph.training.initializers import InitializerField, Ones
from specgraph.training.regularizers import RegularizerField


class Cell(Op):
    """The size of a recurrent layer's state, and its nonlinearity."""

    units: Count
    """The size of the state."""
    activation: ActivationField = default("tanh")
    """The nonlinearity of the new state."""


class GatedCell(Cell):
    """A recurrent layer with gates."""

    recurrent_activation: ActivationField = default("sigmoid")
    """The nonlinearity of the gates."""


class Recurrent(Cell):
    """A state carried along [time, features], time being the first written axis.

    Inputs are `input`, the states before the first step (zeros if left out) and `mask`
    [time], true where a step is present.  A step that is not keeps the state and
    repeats the last output (zeros before the first one), or gives zeros with
    `zero_output_for_mask`.  The output is that of the last step, or all [time, units].
    """

    leading: ClassVar[str | None] = "units"
    gates: ClassVar[tuple[str, ...]] = ()
    states: ClassVar[tuple[str, ...]] = ("state",)
    """The names of the final states, and how many there are."""
    spellings = {
        "hidden_size": "units",
        "bias": "use_bias",
        "nonlinearity": "activation",
        "return_sequence": "return_sequences",
    }

    use_bias: bool = True
    """Whether a bias is added."""
    kernel_initializer: InitializerField = by_semantics(
        keras="glorot_uniform", torch="fan_in_uniform"
    )
    recurrent_initializer: InitializerField = by_semantics(
        keras="orthogonal", torch="fan_in_uniform"
    )
    bias_initializer: InitializerField = by_semantics(
        keras="zeros", torch="fan_in_uniform"
    )
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

    @property
    def adds_recurrent_bias(self) -> bool:
        """Whether a second trainable bias goes with the recurrent kernel."""
        return False

    def params(self, inputs: Bound[TensorType]) -> tuple[Param, ...]:
        """`kernel`, `recurrent_kernel`, `bias`, `recurrent_bias`; gates joint, last."""
        features = self.fixed(self._sequence(inputs).shape[1], "features")
        width = self.units * max(len(self.gates), 1)
        found = [
            self.weight("kernel", (features, width)),
            self.weight("recurrent_kernel", (self.units, width), "recurrent"),
        ]
        if self.use_bias:
            first = self.bias_gates()
            found.append(self.weight("bias", (width,), gate_initializers=first))
        if self.use_bias and self.adds_recurrent_bias:
            found.append(self.weight("recurrent_bias", (width,), "bias"))
        return tuple(
            replace(param, gates=self.gates).with_fan(self.units) for param in found
        )

    def bias_gates(self) -> tuple[tuple[str, Ones], ...]:
        """The gates whose bias starts otherwise than the rest."""
        return ()

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """[units] or [time, units], and the states [units]; without layout."""
        found = self._sequence(inputs)
        self.fixed(found.shape[1], "features")
        self._check_states(inputs)
        self._check_mask(inputs, found.shape[0])
        state = TensorType((self.units,), found.dtype)
        output = state
        if self.return_sequences:
            output = TensorType((found.shape[0], self.units), found.dtype)
        if not self.return_state:
            return {"output": output}
        return {"output": output, **dict.fromkeys(self.states, state)}

    def multiply_adds(self, inputs: Bound[TensorType]) -> Dim:
        """One per element of both kernels and step."""
        kernel, recurrent, *_ = self.params(inputs)
        return self._sequence(inputs).shape[0] * (kernel.size + recurrent.size)

    def _sequence(self, inputs: Bound[TensorType]) -> TensorType:
        found = inputs.one("input")
        if len(found.shape) != 2:
            raise ShapeError(
                f"{self.label} needs [time, features] (2 written dimensions), "
                f"got {found}"
            )
        return found

    def _check_states(self, inputs: Bound[TensorType]) -> None:
        given = inputs.many("initial_state")
        if len(given) not in (0, len(self.states)):
            raise ShapeError(
                f"{self.label} has {len(self.states)} states "
                f"({', '.join(self.states)}), got {len(given)} for initial_state"
            )
        for state in given:
            if state.shape != (self.units,):
                raise ShapeError(
                    f"{self.label}: an initial state must be [{self.units}], "
                    f"got {state}"
                )

    def _check_mask(self, inputs: Bound[TensorType], time: Dim) -> None:
        mask = inputs.maybe("mask")
        if mask is None:
            return
        if len(mask.shape) != 1 or not proves_equal(mask.shape[0], time, inputs.sizes):
            raise ShapeError(f"{self.label}: mask must be [{time}], got {mask}")


def _ports(states: int) -> tuple[Port, ...]:
    return (INPUT, Port("initial_state", least=0, most=states), MASK)


_TIME = SampleInput(("time", 3))
_MASK = SampleInput(("time",), "bool", port="mask")
_ONE_STATE = (_TIME, SampleInput((4,), port="initial_state"))
_TWO_STATES = (*_ONE_STATE, SampleInput((4,), port="initial_state"))
_ALL_STEPS = {"units": 4, "return_sequences": True}
_BOTH = {**_ALL_STEPS, "return_state": True}
_OTHER_ACTIVATIONS = {
    "activation": "softplus",
    "recurrent_activation": "hard_sigmoid",
}
_STARTS = {
    "kernel_initializer": "ones",
    "recurrent_initializer": "zeros",
    "bias_initializer": "ones",
    "kernel_regularizer": "l2",
    "recurrent_regularizer": "l1",
    "bias_regularizer": "l2",
    "kernel_constraint": {"max_norm": 0.5},
    "recurrent_constraint": {"unit_norm": 1},
    "bias_constraint": {"max_norm": {"max_value": 0.5, "axis": -1}},
}


@register_op
class LSTM(Recurrent, GatedCell):
    """Long short-term memory (Hochreiter & Schmidhuber, 1997; Gers et al., 2000).

    i, f, o = gate(x W + h U + b);  c = f c + i act(x W + h U + b);  h = o act(c).
    Gates are joint along the last axis, in the order i, f, c, o.
    """

    label: ClassVar[str] = "lstm"
    ports: ClassVar[tuple[Port, ...]] = _ports(2)
    gates: ClassVar[tuple[str, ...]] = ("i", "f", "c", "o")
    states: ClassVar[tuple[str, ...]] = ("state_h", "state_c")

    unit_forget_bias: bool = by_semantics(keras=True, torch=False)
    """Whether the forget gate's bias starts at one."""
    recurrent_bias: bool = by_semantics(keras=False, torch=True)
    """Whether there is a second trainable bias, as in torch."""

    samples = (
        Sample("any length", 4, (_TIME,)),
        Sample(
            "torch: two biases, all steps and states",
            _BOTH,
            (_TIME,),
            "torch",
        ),
        Sample(
            "initial state",
            {"units": 4, "return_state": True, "unit_forget_bias": False},
            _TWO_STATES,
        ),
        Sample(
            "backwards, no bias",
            {"use_bias": False, "go_backwards": True, **_ALL_STEPS},
            (SampleInput((5, 3)),),
        ),
        Sample(
            "mask",
            _BOTH,
            (*_TWO_STATES, _MASK),
        ),
        Sample("mask, last step", 4, (_TIME, _MASK)),
        Sample(
            "mask, zeros, backwards",
            {**_BOTH, "go_backwards": True, "zero_output_for_mask": True},
            (_TIME, _MASK),
            "torch",
        ),
        Sample(
            "other activations",
            {**_OTHER_ACTIVATIONS, **_ALL_STEPS},
            (_TIME,),
        ),
        Sample(
            "activations with attributes, mask",
            {
                "activation": {"elu": 0.7},
                "recurrent_activation": {"relu": {"max_value": 1}},
                **_ALL_STEPS,
            },
            (_TIME, _MASK),
        ),
        Sample(
            "initializers and penalties",
            {"units": 4, "recurrent_bias": True, **_STARTS},
            (_TIME,),
        ),
    )

    @property
    def adds_recurrent_bias(self) -> bool:
        """As `recurrent_bias` says."""
        return self.recurrent_bias

    def bias_gates(self) -> tuple[tuple[str, Ones], ...]:
        """The forget gate, with `unit_forget_bias`."""
        return (("f", Ones()),) if self.unit_forget_bias else ()


@register_op
class GRU(Recurrent, GatedCell):
    """Gated recurrent unit (Cho et al., 2014).

    z, r = gate(x W + h U + b);  n is the candidate;  h = z h + (1 - z) n.
    With `reset_after` n = act(x W + b + r (h U + b')), so there are two biases;
    without it n = act(x W + (r h) U + b).  Gates are joint in the order z, r, h.
    """

    label: ClassVar[str] = "gru"
    ports: ClassVar[tuple[Port, ...]] = _ports(1)
    gates: ClassVar[tuple[str, ...]] = ("z", "r", "h")

    reset_after: bool = True
    """Whether the reset gate acts after the product with the recurrent kernel."""

    samples = (
        Sample("any length", 4, (_TIME,)),
        Sample(
            "torch: all steps and the state",
            _BOTH,
            (_TIME,),
            "torch",
        ),
        Sample(
            "reset before",
            {"units": 4, "reset_after": False, "return_sequences": True},
            _ONE_STATE,
        ),
        Sample(
            "backwards, no bias",
            {"use_bias": False, "go_backwards": True, **_ALL_STEPS},
            (SampleInput((5, 3)),),
        ),
        Sample(
            "mask",
            _BOTH,
            (*_ONE_STATE, _MASK),
        ),
        Sample(
            "mask, zeros",
            {"units": 4, "zero_output_for_mask": True, "return_sequences": True},
            (_TIME, _MASK),
        ),
        Sample(
            "other activations",
            {**_OTHER_ACTIVATIONS, **_ALL_STEPS},
            (_TIME,),
        ),
        Sample(
            "initializers and penalties", {"units": 4, **_STARTS}, (_TIME,), "torch"
        ),
    )

    @property
    def adds_recurrent_bias(self) -> bool:
        """As in Keras and torch, with `reset_after` alone."""
        return self.reset_after

    def params(self, inputs: Bound[TensorType]) -> tuple[Param, ...]:
        """As of any recurrent layer; Keras has both biases in one weight, as rows."""
        found, limit = super().params(inputs), self.bias_constraint
        if len(found) < 4 or not isinstance(limit, NormConstraint):
            return found
        rows = (2, found[-1].size)
        if limit.problem(rows) is not None or limit.axes(2) != (1,):
            message = f"gru: both biases are one weight {list(rows)}, as in Keras; "
            message += f"{limit.label} must be along axis 1, that of one bias"
            raise ShapeError(message, "write `axis: 1`, or `reset_after: false`")
        alone = limit.along((0,))
        return *found[:2], *(replace(bias, constraint=alone) for bias in found[2:])


@register_op
class SimpleRNN(Recurrent):
    """h = act(x W + h U + b) (Elman, 1990)."""

    label: ClassVar[str] = "simple_rnn"
    ports: ClassVar[tuple[Port, ...]] = _ports(1)

    recurrent_bias: bool = by_semantics(keras=False, torch=True)
    """Whether there is a second trainable bias, as in torch."""

    samples = (
        Sample("any length", 4, (_TIME,)),
        Sample(
            "torch: two biases, relu, all steps and the state",
            {
                "units": 4,
                "activation": "relu",
                "return_sequences": True,
                "return_state": True,
            },
            (_TIME,),
            "torch",
        ),
        Sample(
            "backwards, no bias",
            {"use_bias": False, "go_backwards": True, **_ALL_STEPS},
            (SampleInput((5, 3)),),
        ),
        Sample(
            "mask, initial state",
            _BOTH,
            (*_ONE_STATE, _MASK),
        ),
        Sample(
            "mask, zeros", {"units": 4, "zero_output_for_mask": True}, (_TIME, _MASK)
        ),
        Sample(
            "initializers and penalties",
            {"units": 4, "recurrent_bias": True, **_STARTS},
            (_TIME,),
        ),
    )

    @property
    def adds_recurrent_bias(self) -> bool:
        """As `recurrent_bias` says."""
        return self.recurrent_bias

"""A recurrent layer that reads in both directions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import PlainValidator, ValidationInfo, WithJsonSchema

from specgraph.ops.base import (
    INPUT,
    MASK,
    Bound,
    Op,
    Param,
    Port,
    Sample,
    SampleInput,
    ShapeError,
    TensorType,
    register_op,
)
from specgraph.ops.dims import Dim
from specgraph.ops.inner import held_by, inner_op, is_call, prefixed
from specgraph.ops.recurrent import Recurrent

DIRECTIONS = ("forward", "backward")


def _recurrent(value: object, info: ValidationInfo) -> Recurrent:
    found = held_by(inner_op(value, info), Recurrent, "recurrent layer")
    assert isinstance(found, Recurrent)
    if found.zero_output_for_mask == found.return_sequences:
        return found
    if "zero_output_for_mask" in found.model_fields_set:
        said = "true with" if found.return_sequences else "false without"
        raise ValueError(f"zero_output_for_mask is {said} return_sequences here")
    return found.filled(zero_output_for_mask=found.return_sequences)


RecurrentField = Annotated[
    Recurrent,
    PlainValidator(_recurrent),
    WithJsonSchema({"$ref": "#/$defs/recurrent"}),
]
"""A recurrent op by its call."""

_TIME = SampleInput(("time", 3))
_MASK = SampleInput(("time",), "bool", port="mask")
_STATE = SampleInput((4,), port="initial_state")
_ALL = {"units": 4, "return_sequences": True, "return_state": True}


@register_op
class Bidirectional(Op):
    """A recurrent layer and a second one that reads time backwards (Schuster, 1997).

    Both take the same input and `mask`; `initial_state` holds the first one's states,
    then the second's.  With `return_sequences` the outputs of a step stand together, in
    the first one's order, and a step that is not present gives zeros; without it, each
    gives its own last output.
    """

    label: ClassVar[str] = "bidirectional"
    leading: ClassVar[str | None] = "layer"
    held: ClassVar[str | None] = "layer"
    ports: ClassVar[tuple[Port, ...]] = (
        INPUT,
        Port("initial_state", least=0, most=4),
        MASK,
    )
    spellings = {"rnn": "layer", "cell": "layer", "mode": "merge_mode"}

    layer: RecurrentField
    """The layer that reads forwards; the other one is like it."""
    merge_mode: Literal["concat", "sum", "ave", "mul"] | None = "concat"
    """How two outputs become one; null gives both, as `forward` and `backward`."""

    samples = (
        Sample("any length", {"lstm": 4}, (_TIME,)),
        Sample(
            "torch: two biases, all steps and states",
            {"layer": {"lstm": _ALL}},
            (_TIME,),
            "torch",
        ),
        Sample(
            "states, last step, sum",
            {"layer": {"gru": {"units": 4, "return_state": True}}, "merge_mode": "sum"},
            (_TIME, _STATE, _STATE),
        ),
        Sample(
            "initial states",
            {"layer": {"lstm": {**_ALL, "unit_forget_bias": False}}},
            (_TIME, _STATE, _STATE, _STATE, _STATE),
        ),
        Sample(
            "backwards, no bias, average",
            {
                "layer": {
                    "simple_rnn": {
                        "units": 4,
                        "use_bias": False,
                        "go_backwards": True,
                        "return_sequences": True,
                    }
                },
                "merge_mode": "ave",
            },
            (SampleInput((5, 3)),),
        ),
        Sample(
            "both, all steps",
            {"layer": {"gru": _ALL}, "merge_mode": None},
            (_TIME,),
            "torch",
        ),
        Sample(
            "both, last step, frozen",
            {"layer": {"lstm": 4}, "merge_mode": None},
            (_TIME,),
            trainable=False,
        ),
        Sample(
            "mask",
            {"layer": {"lstm": _ALL}, "merge_mode": "mul"},
            (_TIME, _MASK),
        ),
        Sample(
            "mask, states, last step",
            {"layer": {"gru": {"units": 4, "return_state": True}}},
            (_TIME, _STATE, _STATE, _MASK),
        ),
        Sample(
            "other activations, sum",
            {
                "layer": {
                    "simple_rnn": {
                        "units": 4,
                        "activation": {"relu": {"max_value": 0.5}},
                        "return_sequences": True,
                    }
                },
                "merge_mode": "sum",
            },
            (_TIME,),
        ),
        Sample(
            "other gates, mask, states",
            {"layer": {"lstm": {**_ALL, "recurrent_activation": "hard_sigmoid"}}},
            (_TIME, _STATE, _STATE, _STATE, _STATE, _MASK),
        ),
        Sample(
            "reset before, mask, last step",
            {"layer": {"gru": {"units": 4, "reset_after": False}}, "merge_mode": None},
            (_TIME, _MASK),
        ),
        Sample(
            "initializers and penalties",
            {
                "layer": {
                    "lstm": {
                        "units": 4,
                        "kernel_initializer": "ones",
                        "recurrent_initializer": "zeros",
                        "recurrent_bias": True,
                        "kernel_regularizer": "l2",
                        "recurrent_constraint": {"unit_norm": 1},
                        "bias_constraint": "non_neg",
                    }
                }
            },
            (_TIME,),
        ),
    )

    @classmethod
    def leading_takes(cls, argument: Mapping[str, object]) -> bool:
        """Whether the mapping is the call of the layer."""
        return is_call(argument, cls.model_fields)

    @property
    def layers(self) -> dict[str, Recurrent]:
        """The layer of each direction."""
        other = self.layer.filled(go_backwards=not self.layer.go_backwards)
        return dict(zip(DIRECTIONS, (self.layer, other), strict=True))

    def taken(self, inputs: Bound[Any], direction: str) -> Bound[Any]:
        """What the layer of a direction takes of the inputs."""
        ports = inputs.ports()
        states = ports.pop("initial_state", ())
        half = len(states) // 2
        own = states[:half] if direction == "forward" else states[half:]
        return Bound({**ports, "initial_state": own}, inputs.sizes)

    def params(self, inputs: Bound[TensorType]) -> tuple[Param, ...]:
        """Those of both layers, under `forward_` and `backward_`."""
        return tuple(
            param
            for direction, layer in self.layers.items()
            for param in prefixed(
                layer.params(self.taken(inputs, direction)), direction
            )
        )

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The merged output, or both; then the states of both layers."""
        if len(inputs.many("initial_state")) not in (0, 2 * len(self.layer.states)):
            raise ShapeError(
                f"{self.label} has {2 * len(self.layer.states)} states, "
                f"got {len(inputs.many('initial_state'))} for initial_state",
                "the forward layer's come first",
            )
        made = {
            direction: layer.infer(self.taken(inputs, direction))
            for direction, layer in self.layers.items()
        }
        one = made["forward"]["output"]
        found = {"output": one}
        if self.merge_mode is None:
            found = dict.fromkeys(DIRECTIONS, one)
        elif self.merge_mode == "concat":
            joint = (*one.shape[:-1], 2 * self.layer.units)
            found = {"output": TensorType(joint, one.dtype)}
        for direction in DIRECTIONS if self.layer.return_state else ():
            for state in self.layer.states:
                found[f"{direction}_{state}"] = made[direction][state]
        return found

    def multiply_adds(self, inputs: Bound[TensorType]) -> Dim:
        """Those of both layers."""
        return 2 * self.layer.multiply_adds(self.taken(inputs, "forward"))

"""A layer that holds the call of another: defaults, semantics and problems reach it."""

from __future__ import annotations

import pytest

from specgraph.definition import CallError
from specgraph.diagnostics import SpecError
from specgraph.load import plan_for
from specgraph.ops import OPS
from specgraph.ops.bidirectional import Bidirectional
from tests.located import graph_of

SPEC = "inputs: {x: [time, 3]}\n"


def held(text: str) -> Bidirectional:
    """The op of a spec's only layer."""
    (node,) = graph_of(text).walk()
    assert isinstance(node.op, Bidirectional)
    return node.op


def test_a_plain_call_is_the_layer() -> None:
    short = OPS.parse({"bidirectional": {"lstm": 4}})
    assert short == OPS.parse({"bidirectional": {"layer": {"lstm": {"units": 4}}}})


def test_defaults_and_semantics_reach_the_layer_inside() -> None:
    op = held(
        f"semantics: torch\ndefaults: {{lstm: {{use_bias: false, units: 5}}}}\n{SPEC}"
        "layers: [{bidirectional: {layer: {lstm: 4}}}]\n"
    )
    assert op.layer.use_bias is False
    assert op.layer.units == 4
    assert op.layer.kernel_initializer.label == "fan_in_uniform"


def test_numbers_of_the_layer_inside_follow_parameters() -> None:
    op = held(
        f"params: {{width: 6}}\n{SPEC}layers: [{{bidirectional: {{gru: '${{width}}'}}}}]"
    )
    assert op.layer.units == 6


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ({"layer": {"dense": 4}}, "dense is no recurrent layer"),
        ({"layer": {"lstm": {}}}, "lstm needs 'units'"),
        ({"layer": {"lstn": 4}}, "unknown op 'lstn'"),
        (
            {"layer": {"lstm": {"units": 4, "zero_output_for_mask": True}}},
            "layer: zero_output_for_mask is false without return_sequences here",
        ),
    ],
)
def test_a_layer_that_does_not_fit_is_refused(call: object, message: str) -> None:
    with pytest.raises(CallError) as caught:
        OPS.parse({"bidirectional": call})
    assert [problem.message for problem in caught.value.problems] == [message]


def test_both_directions_need_their_states() -> None:
    with pytest.raises(SpecError, match="bidirectional has 4 states, got 2"):
        graph_of(
            "inputs: {x: [time, 3], h: [4]}\nlayers:\n- bidirectional: {lstm: 4}\n"
            "  from: {input: x, initial_state: [h, h]}\n"
        )


def test_torch_reads_both_ways_step_by_step_with_another_activation() -> None:
    graph = graph_of(
        f"{SPEC}layers: [{{bidirectional: {{lstm: {{units: 4, activation: relu}}}}}}]"
    )
    text = plan_for(graph, "torch").files["model.py"]
    assert "unrolled_both_ways(" in text
    assert "nn.LSTM(3, 4, batch_first=True, bidirectional=True)" in text


def test_torch_runs_both_directions_in_one_layer() -> None:
    plan = plan_for(
        graph_of(f"{SPEC}layers: [{{bidirectional: {{lstm: 4}}}}]"), "torch"
    )
    text = plan.files["model.py"]
    assert "nn.LSTM(3, 4, batch_first=True, bidirectional=True)" in text
    assert any(key.endswith("weight_hh_l0_reverse") for key in plan.slots)

"""Recurrent convolutions: their defaults, their shapes, and how torch has them."""

from __future__ import annotations

import pytest

from specgraph.definition import CallError
from specgraph.diagnostics import SpecError
from specgraph.load import plan_for
from specgraph.ops import OPS
from tests.located import graph_of

CALL = {"filters": 4, "kernel_size": 3}


def test_both_semantics_are_those_of_the_framework_that_has_it() -> None:
    keras = OPS.parse({"conv_lstm2d": CALL}, "keras")
    assert keras == OPS.parse({"conv_lstm2d": CALL}, "torch")


def test_torch_steps_through_a_cell_of_two_convolutions() -> None:
    graph = graph_of(
        "inputs: {x: [time, 6, 5, 3]}\n"
        "layers: [{conv_lstm2d: {filters: 4, kernel_size: 3, padding: same}}]\n"
    )
    text = plan_for(graph, "torch").files["model.py"]
    assert "nn.Conv2d(3, 16, 3, padding=1)" in text
    assert "nn.Conv2d(4, 16, 3, padding=1, bias=False)" in text
    assert "unrolled(self.conv_lstm2d, x, (x.new_zeros(x.shape[0], 4, 6, 5),) * 2)" in (
        " ".join(text.split()).replace("( ", "(").replace(" )", ")")
    )


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"strides": 2, "dilation_rate": 2}, "strides or dilation_rate, not both"),
        ({"activation": "softmax"}, "softmax is of no single elements"),
    ],
)
def test_what_the_cell_cannot_do_is_refused(
    more: dict[str, object], message: str
) -> None:
    with pytest.raises(CallError, match=message):
        OPS.parse({"conv_lstm2d": {**CALL, **more}})


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ("[6, 5, 3]", r"needs \[time, height, width, channels\]"),
        ("[4, rows, 5, 3]", "fixed number of cells"),
        ("[4, 2, 5, 3]", "does not fit"),
    ],
)
def test_frames_must_hold_the_window(shape: str, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        graph_of(
            f"inputs: {{x: {shape}}}\n"
            "layers: [{conv_lstm2d: {filters: 4, kernel_size: 3}}]\n"
        )

"""Masked recurrent layers run the fused layer over the present steps alone."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from specgraph.load import plan_for
from tests.located import graph_of

MASK = torch.tensor([[0, 1, 1, 0], [1, 0, 1, 1], [0, 0, 0, 0]], dtype=torch.bool)
OPTIONS = ["", "return_sequences: true", "zero_output_for_mask: true"]


def built(kind: str, options: str, sources: str, outputs: str) -> tuple[str, Any]:
    """The text of a model of one masked layer, and the model."""
    graph = graph_of(
        "inputs: {x: [time, 3], h: [5], mask: {shape: [time], dtype: bool}}\nlayers:\n"
        f"  - {kind}: {{units: 5, return_state: true, {options}}}\n"
        f"    from: {{input: x, mask: mask{sources}}}\n    name: r\n"
        "  - {add: , from: [h, h], name: twice}\n"
        f"outputs: {{{outputs}, unused: twice}}\n"
    )
    plan = plan_for(graph, "torch")
    namespace: dict[str, Any] = {}
    exec(compile(plan.files["model.py"], "model.py", "exec"), namespace)
    return plan.files["model.py"], namespace[plan.entry]().double()


def wanted(layer: Any, x: Any, first: Any, zeroed: bool) -> tuple[Any, Any]:
    """Outputs and the last state of one example, its absent steps left out."""
    outputs, states = [], []
    for steps, mask, start in zip(x, MASK, first, strict=True):
        given = (start[None, None],)
        start = given[0] if not isinstance(layer, torch.nn.LSTM) else None
        made = torch.zeros(0, 5, dtype=x.dtype)
        if mask.any():
            made = layer(steps[mask][None], start)[0][0]
        seen, row = torch.zeros(5, dtype=x.dtype), []
        remaining = list(made)
        for present in mask:
            seen = remaining.pop(0) if present else seen
            row.append(seen if present or not zeroed else torch.zeros_like(seen))
        outputs.append(torch.stack(row))
        before = torch.zeros_like(seen) if start is None else start[0, 0]
        states.append(made[-1] if len(made) else before)
    return torch.stack(outputs), torch.stack(states)


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("outputs", ["o: r, s: r.{}", "s: r.{}"])
@pytest.mark.parametrize(
    ("kind", "state", "sources"),
    [
        ("gru", "state", ", initial_state: h"),
        ("simple_rnn", "state", ", initial_state: h"),
        ("gru", "state", ""),
        ("lstm", "state_h", ""),
    ],
)
def test_the_last_state_of_a_masked_layer_needs_no_loop(
    kind: str, state: str, sources: str, outputs: str, options: str
) -> None:
    text, model = built(kind, options, sources, outputs.format(state))
    assert "for time in" not in text
    torch.manual_seed(3)
    x, h = torch.randn(3, 4, 3).double(), torch.randn(3, 5).double()
    first = h if sources else torch.zeros_like(h)
    with torch.no_grad():
        found = model(x, h, MASK)
        sequence, last = wanted(model.r, x, first, "zero" in options)
    assert torch.allclose(found["s"], last, rtol=0, atol=1e-12)
    if "o" in found:
        kept = sequence if "sequences" in options else sequence[:, -1]
        assert torch.allclose(found["o"], kept, rtol=0, atol=1e-12)


def test_a_masked_cell_state_is_found_step_by_step() -> None:
    text, _ = built("lstm", "", "", "s: r.state_c")
    assert "for time in" in text

"""Constraints of ops: which weights have them, and which axes those weights have."""

from __future__ import annotations

import pytest

from specgraph.diagnostics import SpecError
from specgraph.load import compile_spec, loads

GRU = "inputs: {x: [5, 3]}\nlayers:\n  - gru: {units: 4, bias_constraint: "
NORM = "{max_norm: {axis: 1}}"


def limits(body: str) -> dict[str, object]:
    graph = compile_spec(loads(f"specgraph: 1\nname: small\n{body}"))
    return {
        path: getattr(param.constraint, "axis", param.constraint.label)
        for path, param in graph.parameters().items()
        if param.constraint is not None
    }


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        (
            "dense: {units: 3, kernel_constraint: {max_norm: {axis: 2}}}",
            "dense: kernel: max_norm along axis 2, but the weight is [5, 3]",
        ),
        (
            "conv1d: {filters: 2, kernel_size: 3, kernel_constraint: {unit_norm: -4}}",
            "conv1d: kernel: unit_norm along axis -4, but the weight is [3, 5, 2]",
        ),
        (
            "layer_norm: {gamma_constraint: {unit_norm: 1}}",
            "layer_norm: gamma: unit_norm along axis 1, but the weight is [5]",
        ),
        (
            "lstm: {units: 2, bias_constraint: {unit_norm: 1}}",
            "lstm: bias: unit_norm along axis 1, but the weight is [8]",
        ),
        (
            "dense: {units: 3, kernel_constraint: {unit_norm: [1, -1]}}",
            "dense: kernel: unit_norm along axis 1, -1 names one twice",
        ),
    ],
)
def test_an_axis_must_be_one_of_the_weight(layer: str, said: str) -> None:
    with pytest.raises(SpecError) as caught:
        limits(f"inputs: {{x: [7, 5]}}\nlayers:\n  - {layer}\n")
    (found,) = caught.value.diagnostics
    assert found.message.startswith(said)
    assert found.at is not None
    assert (found.code, found.at.line) == ("bad-value", 5)


def test_two_biases_of_a_gru_are_rows_of_one_weight() -> None:
    assert limits(f"{GRU}{NORM}}}\n") == {"gru.bias": 0, "gru.recurrent_bias": 0}
    both = {"gru.bias": "non_neg", "gru.recurrent_bias": "non_neg"}
    assert limits(f"{GRU}non_neg}}\n") == both
    assert limits(f"{GRU}max_norm, reset_after: false}}\n") == {"gru.bias": 0}
    with pytest.raises(SpecError) as caught:
        limits(f"{GRU}max_norm}}\n")
    (found,) = caught.value.diagnostics
    assert "max_norm must be along axis 1" in found.message
    assert found.hint == "write `axis: 1`, or `reset_after: false`"


def test_a_default_holds_for_every_op_that_has_the_weight_and_not_for_tied_ones() -> (
    None
):
    found = limits(
        "inputs: {ids: {shape: [4], dtype: int32, range: [0, 9]}}\n"
        "defaults: {all: {kernel_constraint: non_neg, recurrent_constraint: unit_norm}}\n"
        "layers:\n  - embedding: {input_dim: 9, output_dim: 3}\n  - lstm: 3\n"
        "  - dense: {units: 9}\n    tie: {kernel: embedding.embeddings}\n"
    )
    assert found == {"lstm.kernel": "non_neg", "lstm.recurrent_kernel": 0}

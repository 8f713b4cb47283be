"""Attention in torch: against `nn.MultiheadAttention`, its masks, its start, its tables."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tests.unit.torch.test_model import model_of, spec, text_of

SELF = "layers: [{multi_head_attention: 2, name: attention}]\n"
MASKED = (
    "layers:\n  - {multi_head_attention: {num_heads: 2, causal: true}, name: attention"
)
MASKED += ", from: {query: x, mask: mask}}\n"
INPUTS = "{x: [time, 6], mask: {shape: [time], dtype: bool}}"


def packed(attention: nn.Module) -> nn.MultiheadAttention:
    """torch's layer with the weights of an emitted one."""
    assert isinstance(attention.heads, int)
    layer = nn.MultiheadAttention(6, attention.heads, batch_first=True)
    state = attention.state_dict()
    parts = ("query", "key", "value")
    layer.load_state_dict(
        {
            "in_proj_weight": torch.cat([state[f"{part}.weight"] for part in parts]),
            "in_proj_bias": torch.cat([state[f"{part}.bias"] for part in parts]),
            "out_proj.weight": state["output.weight"],
            "out_proj.bias": state["output.bias"],
        }
    )
    return layer


def test_attention_computes_what_nn_multihead_attention_does() -> None:
    model = model_of(spec(MASKED, INPUTS)).double().eval()
    x, mask = torch.randn(2, 5, 6).double(), torch.rand(2, 5) < 0.6
    mask[:, 0] = True
    layer = packed(model.attention).double()
    future = torch.ones(5, 5, dtype=torch.bool).triu(1)
    expected, _ = layer(x, x, x, key_padding_mask=~mask, attn_mask=future)
    torch.testing.assert_close(model(x, mask), expected)


def test_a_query_that_sees_no_key_has_finite_gradients() -> None:
    model = model_of(spec(MASKED, INPUTS))
    x = torch.randn(2, 5, 6, requires_grad=True)
    mask = torch.zeros(2, 5, dtype=torch.bool)
    y: Tensor = model(x, mask)
    y.sum().backward()
    assert torch.equal(y, model.attention.output.bias.expand_as(y))
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    assert x.grad is not None
    assert all(bool(torch.isfinite(g).all()) for g in (x.grad, *gradients))


def test_under_torch_weights_start_as_those_of_nn_multihead_attention() -> None:
    torch.manual_seed(0)
    layers = "semantics: torch\nlayers: [{multi_head_attention: 8, name: attention}]\n"
    ours = model_of(spec(layers, "{x: [time, 256]}")).attention
    theirs = nn.MultiheadAttention(256, 8)
    assert not ours.query.bias.any() and not ours.output.bias.any()
    for own, native in (
        (ours.query.weight, theirs.in_proj_weight),
        (ours.value.weight, theirs.in_proj_weight),
        (ours.output.weight, theirs.out_proj.weight),
    ):
        mine, other = own.detach(), native.detach()
        assert float(mine.std()) == pytest.approx(float(other.std()), rel=0.02)
        assert float(mine.abs().max()) == pytest.approx(
            float(other.abs().max()), rel=0.01
        )


def test_layers_inside_attention_start_with_the_others() -> None:
    body = "defaults: {all: {kernel_initializer: {random_normal: 0.02}}}\n"
    body += "layers: [{multi_head_attention: 2, name: attention}, dense: 4]\n"
    text = text_of(spec(body, "{x: [time, 6]}"))
    assert text.count("nn.init.normal_") == 1


def test_attention_keeps_its_own_start_where_other_layers_share_one() -> None:
    body = "layers:\n  - {dense: {units: 6, kernel_initializer: ones}}\n"
    body += "  - {multi_head_attention: {num_heads: 2, kernel_initializer: zeros, "
    body += "output_kernel_initializer: fan_in_uniform}, name: attention}\n"
    model = model_of(spec(body, "{x: [time, 6]}"))
    assert (model.dense.weight == 1).all()
    assert not model.attention.query.weight.any()
    assert 0.3 < float(model.attention.output.weight.detach().abs().max()) <= 6**-0.5


def test_attention_that_starts_alike_is_spared_what_another_starts_as() -> None:
    body = "layers:\n  - {multi_head_attention: {num_heads: 2}, name: first}\n"
    body += "  - {multi_head_attention: {num_heads: 2, kernel_initializer: zeros, "
    body += "output_kernel_initializer: ones}, name: second}\n"
    model = model_of(spec(body, "{x: [time, 6]}"))
    assert model.first.query.weight.any()
    assert not (model.first.output.weight == 1).any()
    assert not model.second.query.weight.any()
    assert (model.second.output.weight == 1).all()


def test_attention_compiles_whole_and_exports_with_any_length() -> None:
    model = model_of(spec(MASKED, INPUTS)).eval()
    x, mask = torch.randn(2, 5, 6), torch.ones(2, 5, dtype=torch.bool)
    compiled: Any = torch.compile(model, fullgraph=True, backend="eager")
    torch.testing.assert_close(compiled(x, mask), model(x, mask))
    time = torch.export.Dim("time", min=2, max=64)
    exported = torch.export.export(
        model, (x, mask), dynamic_shapes={"x": {1: time}, "mask": {1: time}}
    )
    longer, shown = torch.randn(2, 9, 6), torch.rand(2, 9) < 0.5
    torch.testing.assert_close(exported.module()(longer, shown), model(longer, shown))


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        ("sinusoidal_position", "[time, 6]"),
        ("rotary_embedding", "[time, 6]"),
        ("{position_embedding: 64}", "[time, 6]"),
        ("alibi", "[2, time, time]"),
        ("relative_position_bias", "[2, time, time]"),
        ("{masked_softmax: {causal: true}}", "[2, time, time]"),
    ],
)
def test_positions_export_with_any_length(layer: str, shape: str) -> None:
    inputs = f"{{x: {{shape: {shape}, layout: none}}}}"
    model = model_of(spec(f"layers: [{layer}]\n", inputs)).eval()
    axes = [
        place for place, size in enumerate(shape[1:-1].split(", "), 1) if size == "time"
    ]

    def of_length(length: int) -> Tensor:
        sizes = shape[1:-1].replace("time", str(length)).split(", ")
        return torch.randn(2, *map(int, sizes))

    time = torch.export.Dim("time", min=2, max=64)
    exported = torch.export.export(
        model, (of_length(5),), dynamic_shapes={"x": dict.fromkeys(axes, time)}
    )
    longer = of_length(9)
    torch.testing.assert_close(exported.module()(longer), model(longer))


def test_tables_in_a_group_are_called_as_modules() -> None:
    body = "layers: [{name: block, layers: [{position_embedding: 64}]}]\n"
    text = text_of(spec(body, "{x: [time, 4]}"))
    assert "torch.arange(x.shape[1], device=x.device)" in text
    model, x = model_of(spec(body, "{x: [time, 4]}")), torch.randn(2, 5, 4)
    table = model.block["position_embedding"].weight
    torch.testing.assert_close(model(x), x + table[:5])


def test_a_table_can_start_as_waves() -> None:
    start = "{sinusoidal: {interleaved: false, base: 100}}"
    body = f"layers: [{{position_embedding: {{max_length: 8, embeddings_initializer: {start}}}}}]\n"
    table = model_of(spec(body, "{x: [time, 4]}")).position_embedding.weight
    expected = [math.sin(3), math.sin(0.3), math.cos(3), math.cos(0.3)]
    assert table[3].tolist() == pytest.approx(expected)

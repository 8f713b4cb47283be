"""Attention in Keras: how it starts, and what it looks like to Keras."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from tests.unit.keras.test_model import built, plan_of, spec


def test_scores_have_the_shape_that_keras_declares() -> None:
    layers = "layers:\n  - multi_head_attention: {num_heads: 2, return_attention_scores: true}\n"
    layers += "    from: {query: x, value: y}\n    name: attention\n"
    layers += "outputs: {scores: attention.scores}\n"
    model = built(plan_of(spec(layers, "{x: [3, 4], y: [5, 4]}")))
    assert model.output.shape == (None, 2, 3, 5)


@pytest.mark.parametrize("bias", ["true", "{key: false}"])
def test_kernels_start_by_the_fans_of_all_heads(bias: str) -> None:
    keras.utils.set_random_seed(0)
    layers = f"layers: [{{multi_head_attention: {{num_heads: 8, use_bias: {bias}}}}}]\n"
    model = built(plan_of(spec(layers, "{x: [time, 128]}")))
    kernels = [w for w in model.trainable_weights if w.path.endswith("kernel")]
    assert len(kernels) == 4
    assert len({kernel.numpy().tobytes() for kernel in kernels}) == 4
    for kernel in kernels:
        assert np.abs(kernel.numpy()).max() == pytest.approx((6 / 256) ** 0.5, rel=1e-2)


def test_keras_has_its_own_layer_where_that_says_all() -> None:
    layers = "layers: [{multi_head_attention: {num_heads: 2, key_dim: 4}}]\n"
    text = plan_of(spec(layers, "{x: [time, 6]}")).files["model.py"]
    assert "layers.MultiHeadAttention(2, 4, " in text
    grouped = layers.replace("key_dim", "num_key_value_heads: 1, key_dim")
    text = plan_of(spec(grouped, "{x: [time, 6]}")).files["model.py"]
    assert "layers.GroupQueryAttention(4, 2, 1, " in text


def test_an_output_that_starts_otherwise_keeps_keras_own_layer() -> None:
    keras.utils.set_random_seed(0)
    layers = "layers: [{multi_head_attention: 8}]\nsemantics: torch\n"
    plan = plan_of(spec(layers, "{x: [time, 128]}"))
    assert "EinsumDense" not in plan.files["model.py"]
    kernels = {w.path: w.numpy() for w in built(plan).trainable_weights}
    (last,) = (k for path, k in kernels.items() if "output/kernel" in path)
    assert np.abs(last).max() == pytest.approx(128**-0.5, rel=1e-2)

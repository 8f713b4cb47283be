"""Weights that several layers use: the same in every backend, in every pass."""

from __future__ import annotations

import pytest

from specgraph.load import compile_spec, loads
from specgraph.parity.api import judge
from specgraph.parity.checks import CHECKS
from specgraph.parity.pool import Pool
from specgraph.parity.trial import Settings, gather

SHARED = {
    "towers": """
inputs: {left: [9, 9, 3], right: [9, 9, 3]}
layers:
  - conv2d: {filters: 4, kernel_size: 3, strides: 2, padding: same, activation: relu}
    from: left
    name: conv
  - batch_norm
  - flatten
  - dense: {units: 5, kernel_regularizer: {l2: 0.01}, kernel_constraint: unit_norm}
  - conv2d:
    from: right
    share: conv
  - batch_norm: {momentum: 0.99}
    share: batch_norm
  - flatten
  - dense:
    share: dense
  - subtract:
    from: [dense, dense_2]
  - dense: {units: 3, activation: softmax}
train:
  optimizer: {adamw: {learning_rate: 0.01, weight_decay: 0.1, exclude: [bias, batch_norm]}}
  loss: categorical_crossentropy
""",
    "recurrent": """
inputs:
  left: {shape: [5], dtype: int32, range: [0, 11]}
  right: {shape: [7], dtype: int32, range: [0, 11]}
layers:
  - embedding: {input_dim: 11, output_dim: 6}
    from: left
    name: words
  - lstm: 4
    name: reader
  - embedding:
    from: right
    share: words
  - lstm:
    share: reader
  - multiply:
    from: [reader, lstm]
  - dense: 1
""",
    "turns": """
semantics: torch
inputs: {x: [6]}
layers:
  - dense: {units: 6, activation: tanh}
    name: step
  - dense:
    share: step
    repeat: 3
  - for: {width: [5, 7]}
    layers:
      - dense: "${width}"
      - dense: 6
        name: back
      - layer_norm
      - dense:
        share: step
  - dense: 7
    name: wide
  - dense:
    share: stage.1.back
    name: narrow
""",
    "blocks": """
inputs: {left: [8], right: [8]}
blocks:
  tower:
    params: {units: int}
    layers:
      - dense: {units: "${units}", activation: relu}
        name: first
      - batch_norm
      - dropout: 0.5
      - dense:
        share: first
        from: input
        name: again
      - add:
        from: [dropout, again]
layers:
  - tower: {units: 4}
    from: left
    name: one
  - tower:
    from: right
    share: one
    name: two
  - dense: {units: 4, activation: relu}
    from: right
    share: one.first
    name: three
  - add:
    from: [one, two, three]
  - tower: 4
    name: other
  - dense: 1
""",
    "towers_of_blocks": """
inputs:
  tokens: {shape: [time], dtype: int32, range: [0, 50]}
  mask: {shape: [time], dtype: bool}
  right: {shape: [6, 8]}
blocks:
  encoder_layer:
    inputs: [x, mask]
    layers:
      - multi_head_attention: {num_heads: 2, key_dim: 4, dropout: 0.1}
        from: {query: x, mask: mask}
        name: attention
      - add:
        from: [x, attention]
      - layer_norm
      - dense: {units: 16, activation: gelu}
      - dense: 8
  tower:
    layers:
      - conv1d: {filters: 4, kernel_size: 3}
      - batch_norm
      - dropout: 0.2
      - flatten
      - dense: 5
layers:
  - embedding: {input_dim: 50, output_dim: 8}
    from: tokens
  - encoder_layer:
    from: [embedding, mask]
    name: encoder
  - encoder_layer:
    from: [encoder, mask]
    share: encoder
    repeat: 3
    name: more
  - slice: {axis: 1, index: 0}
  - tower:
    from: right
    name: left
  - sin:
    from: right
  - tower:
    share: left
    name: again
  - concat:
    from: [slice, left, again]
  - dense: {units: 2, activation: softmax}
train: {optimizer: adam, loss: categorical_crossentropy}
""",
    "models_in_models": """
inputs: {left: [4], right: [4]}
blocks:
  inner:
    layers:
      - dense: 4
      - batch_norm
      - dropout: 0.3
  outer:
    layers:
      - inner:
        name: first
      - tanh
      - inner:
        share: first
        name: second
  both:
    inputs: [a, b]
    layers:
      - outer:
        from: a
        name: one
      - outer:
        from: b
        share: one
        name: two
      - add:
        from: [one, two]
    outputs: {sum: add, one: one}
layers:
  - both:
    from: [left, right]
    name: x
  - both:
    from: [right, x.one]
    share: x
    name: y
  - both:
    from: [x, y]
    name: z
  - add:
    from: [y, z, z.one]
  - for: {width: [4, 5]}
    layers:
      - inner:
        name: a
      - inner:
        share: a
        name: b
      - dense: "${width}"
""",
}

TIED = {
    "head": """
semantics: torch
inputs: {tokens: {shape: [time], dtype: int32, range: [0, 9]}}
layers:
  - embedding: {input_dim: 9, output_dim: 4, embeddings_regularizer: {l2: 0.02},
      embeddings_constraint: {max_norm: {max_value: 0.5, axis: 1}}}
    name: words
  - dense: {units: 4, activation: gelu, kernel_regularizer: {l2: 0.03}}
    name: mix
  - dense: {units: 9, use_bias: false}
    tie: {kernel: words.embeddings}
train:
  optimizer: {adamw: {learning_rate: 0.01, weight_decay: 0.1, exclude: [embedding]}}
  loss: {sparse_categorical_crossentropy: {from_logits: true}}
""",
    "biased": """
inputs: {tokens: {shape: [5], dtype: int32, range: [0, 9]}}
layers:
  - embedding: {input_dim: 9, output_dim: 4}
    name: words
  - lstm: {units: 4, return_sequences: true}
  - dense: {units: 9, activation: softmax, bias_initializer: ones, bias_constraint: unit_norm}
    tie: {kernel: words.embeddings}
train:
  optimizer: {sgd: {learning_rate: 0.1, momentum: 0.9}}
  loss: sparse_categorical_crossentropy
""",
    "autoencoder": """
inputs: {x: [7]}
layers:
  - dense: {units: 5, activation: tanh, kernel_regularizer: {l1: 0.01}}
    name: first
  - dense: 3
    name: second
  - dense: {units: 5, activation: tanh}
    tie: {kernel: second.kernel}
    name: third
  - dense: {units: 7, use_bias: false}
    tie: {kernel: first.kernel}
    name: fourth
  - dense: 5
    tie: {kernel: first.kernel}
  - dense:
    share: third
    from: second
    name: again
outputs: {full: fourth, code: dense, more: again}
""",
    "three_ways": """
inputs:
  source: {shape: [time], dtype: int32, range: [0, 9]}
  target: {shape: [length], dtype: int32, range: [0, 9]}
blocks:
  reader:
    layers:
      - embedding: {input_dim: 9, output_dim: 4}
        name: words
      - lstm: 4
layers:
  - reader:
    from: source
    name: encoder
  - embedding: {input_dim: 9, output_dim: 4}
    from: target
    tie: {embeddings: encoder.words.embeddings}
    name: words
  - dense: {units: 4}
    name: mix
  - dense: 9
    tie: {kernel: words.embeddings}
    name: head
  - dense: 4
    from: encoder
    tie: {kernel: mix.kernel}
outputs: {logits: head, code: dense}
""",
}


@pytest.mark.parametrize("name", SHARED)
def test_backends_agree_about_shared_weights(name: str, pool: Pool) -> None:
    _check(f"specgraph: 1\nname: {name}\n{SHARED[name]}", pool)


@pytest.mark.parametrize("name", TIED)
def test_backends_agree_about_tied_weights(name: str, pool: Pool) -> None:
    _check(f"specgraph: 1\nname: {name}\n{TIED[name]}", pool)


def _check(spec: str, pool: Pool) -> None:
    settings = Settings(frozenset(CHECKS), ("float64",), 2, 0)
    graph = compile_spec(loads(spec))
    report = judge([graph], gather(("torch", "keras", "tensorflow")), settings, pool)
    assert report.passed, report.table()

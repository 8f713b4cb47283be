"""Bugs of masks, of attention, and of what looks ahead."""

from __future__ import annotations

from specgraph.testing.bugs.seeded import Edit, Mutant

MASKED = """
specgraph: 1
name: masked
inputs:
  steps: [5, 6]
  mask: {shape: [5], dtype: bool}
layers:
  - layer_norm:
    from: steps
  - multi_head_attention: {num_heads: 3, causal: true}
    from: {query: layer_norm, mask: mask}
  - conv1d: {filters: 4, kernel_size: 2, padding: causal}
  - lstm: 4
    from: {input: conv1d, mask: mask}
train:
  optimizer: {adam: {learning_rate: 0.01}}
  loss: mse
"""


def _outputs(kind: str, name: str, backend: str, old: str, new: str) -> Mutant:
    return Mutant(kind, name, MASKED, backend, "outputs", (Edit(old, new),))


MASK_MUTANTS = (
    _outputs(
        "mask",
        "attention sees what is masked",
        "torch",
        "(x, mask=mask[:, None, None], causal=True)",
        "(x, causal=True)",
    ),
    _outputs(
        "mask",
        "a mask is true where nothing is seen",
        "torch",
        "mask=mask[:, None, None]",
        "mask=~mask[:, None, None]",
    ),
    _outputs(
        "mask",
        "under a mask attention looks ahead",
        "torch",
        "mask & mask.new_ones(q.shape[2], k.shape[2]).tril()",
        "mask",
    ),
    _outputs("mask", "attention sees one step ahead", "torch", ".tril()", ".tril(1)"),
    _outputs(
        "mask",
        "attention looks ahead",
        "keras",
        "        use_causal_mask=True,\n",
        "",
    ),
    _outputs(
        "mask",
        "queries are masked for keys",
        "keras",
        "ops.expand_dims(mask, 1)",
        "ops.expand_dims(mask, 2)",
    ),
    _outputs("mask", "an LSTM takes masked steps", "keras", "(x, mask=mask)", "(x)"),
    _outputs(
        "mask",
        "an LSTM takes masked steps",
        "torch",
        "skipping(self.lstm, x, mask)[:, -1]",
        "self.lstm(x)[0][:, -1]",
    ),
    _outputs(
        "padding",
        "a causal convolution looks ahead",
        "torch",
        "F.pad(x, (1, 0))",
        "F.pad(x, (0, 1))",
    ),
    _outputs(
        "padding",
        "a causal convolution is padded as any",
        "keras",
        'padding="causal"',
        'padding="same"',
    ),
    _outputs(
        "activation form",
        "gates are hard sigmoids",
        "keras",
        "layers.LSTM(4, ",
        'layers.LSTM(4, recurrent_activation="hard_sigmoid", ',
    ),
)

"""The bugs that emitters of this kind are known for, each with the check meant for it."""

from __future__ import annotations

from specgraph.testing.bugs.seeded import Edit, Moved, Mutant

PICTURE = """
specgraph: 1
name: picture
inputs: {image: [8, 6, 3]}
layers:
  - conv2d: {filters: 4, kernel_size: 3, strides: 2, padding: same}
  - batch_norm
  - gelu
  - average_pool2d: {pool_size: 2, padding: same}
  - flatten
  - dropout: 0.25
  - dense: {units: 5, activation: softmax}
train:
  optimizer: adam
  loss: {categorical_crossentropy: {label_smoothing: 0.1}}
  metrics: [accuracy, mse]
"""
WORDS = """
specgraph: 1
name: words
inputs:
  ids: {shape: [time], dtype: int32, range: [0, 11]}
layers:
  - embedding: {input_dim: 11, output_dim: 4}
  - layer_norm
  - gru: {units: 4, return_sequences: true}
  - lstm: 4
  - dense: {units: 3}
train:
  optimizer: {adamw: {learning_rate: 0.01}}
  loss: {sparse_categorical_crossentropy: {from_logits: true}}
  metrics: accuracy
"""
TABLE = """
specgraph: 1
name: table
semantics: torch
inputs: {row: [6]}
layers:
  - layer_norm
  - dense: {units: 6, activation: tanh}
  - batch_norm
  - dense: 6
  - softmax
  - dense: {units: 2, kernel_regularizer: l2}
train:
  optimizer: {sgd: {learning_rate: 0.1, momentum: 0.9, nesterov: true}}
  loss: mean_squared_error
  metrics: mae
"""
SPECS = {"picture": PICTURE, "words": WORDS, "table": TABLE}

MODEL_MUTANTS = (
    Mutant(
        "epsilon",
        "batch norm's epsilon is off by a hundredth",
        PICTURE,
        "torch",
        "outputs",
        (Edit("eps=0.001", "eps=0.00101"),),
    ),
    Mutant(
        "default",
        "batch norm has the other framework's epsilon",
        PICTURE,
        "keras",
        "outputs",
        (
            Edit(
                'BatchNormalization(name="b', 'BatchNormalization(epsilon=1e-5, name="b'
            ),
        ),
    ),
    Mutant(
        "default",
        "layer norm has the other framework's epsilon",
        WORDS,
        "torch",
        "outputs",
        (Edit("nn.LayerNorm(4, eps=0.001)", "nn.LayerNorm(4)"),),
    ),
    Mutant(
        "gate",
        "the gates of an LSTM come in another order",
        WORDS,
        "torch",
        "outputs",
        (
            Moved("lstm.weight_ih_l0", blocks=(0, 1, 3, 2), axes=(1, 0)),
            Moved("lstm.weight_hh_l0", blocks=(0, 1, 3, 2), axes=(1, 0)),
            Moved("lstm.bias_ih_l0", blocks=(0, 1, 3, 2)),
        ),
    ),
    Mutant(
        "gate",
        "the gates of a bias come in another order than those of its kernel",
        WORDS,
        "torch",
        "outputs",
        (Moved("gru.bias_ih_l0"),),
    ),
    Mutant(
        "weight map",
        "a square kernel is not transposed",
        TABLE,
        "torch",
        "outputs",
        (Moved("dense.weight"),),
    ),
    Mutant(
        "padding",
        "padding lies on the other side",
        PICTURE,
        "torch",
        "outputs",
        (Edit("F.pad(image, (0, 1, 0, 1))", "F.pad(image, (1, 0, 1, 0))"),),
    ),
    Mutant(
        "layout",
        "a flatten keeps the framework's order",
        PICTURE,
        "torch",
        "outputs",
        (Moved("dense.weight", axes=(1, 0)),),
    ),
    Mutant(
        "activation form",
        "GELU is the approximate one",
        PICTURE,
        "torch",
        "outputs",
        (Edit("(self.batch_norm(x))", '(self.batch_norm(x), approximate="tanh")'),),
    ),
    Mutant(
        "padding",
        "a mean over windows counts the padding",
        PICTURE,
        "torch",
        "outputs",
        (
            Edit(
                "window_mean(x, (0, 1, 0, 0), (2, 2), (2, 2))",
                "window_mean(x, (0, 1, 0, 0), (2, 2), (2, 2), (1, 1), (0, 1, 0, 0))",
            ),
        ),
    ),
    Mutant(
        "layout",
        "a softmax runs over the batch",
        TABLE,
        "torch",
        "outputs",
        (Edit("dim=-1", "dim=0"),),
    ),
    Mutant(
        "layout",
        "the first step is given for the last",
        WORDS,
        "torch",
        "outputs",
        (Edit("x[:, -1]", "x[:, 0]"),),
    ),
    Mutant(
        "default",
        "dropout has another rate",
        PICTURE,
        "torch",
        "outputs",
        (Edit("nn.Dropout(0.25)", "nn.Dropout(0.3)"),),
    ),
    Mutant(
        "default",
        "dropout has another rate",
        PICTURE,
        "keras",
        "outputs",
        (Edit("Dropout(0.25", "Dropout(0.3"),),
    ),
    Mutant(
        "reduction",
        "dropout draws with another rate than it scales by",
        PICTURE,
        "torch",
        "random",
        (
            Edit("nn.Dropout(0.25)", "Sparse(0.25)"),
            Edit(
                "class Picture(nn.Module):",
                "class Sparse(nn.Dropout):\n"
                "    def forward(self, input: Tensor) -> Tensor:\n"
                "        plain = F.dropout.__module__.startswith('torch')\n"
                "        if not (self.training and plain):\n"
                "            return super().forward(input)\n"
                "        return F.dropout(input, 0.5) * 2 / 3\n"
                "\n"
                "\n"
                "class Picture(nn.Module):",
            ),
        ),
    ),
    Mutant(
        "activation form",
        "a gradient is cut",
        PICTURE,
        "torch",
        "gradients",
        (Edit("torch.flatten(x, 1)", "torch.flatten(x.detach(), 1)"),),
    ),
    Mutant(
        "momentum",
        "momentum is the fraction that is new",
        PICTURE,
        "torch",
        "buffers",
        (Edit("momentum=0.01", "momentum=0.99"),),
    ),
    Mutant(
        "variance",
        "the running variance is unbiased",
        PICTURE,
        "torch",
        "buffers",
        (Edit("new_variance * (count - 1) / count", "new_variance"),),
    ),
    Mutant(
        "variance",
        "the running variance is biased",
        TABLE,
        "keras",
        "buffers",
        (Edit("* count / (count - 1)", "* count / count"),),
    ),
    Mutant(
        "bias",
        "the bias that is always zero is trained",
        WORDS,
        "torch",
        "structure",
        (Edit("        self.lstm.bias_hh_l0.requires_grad_(False)\n", ""),),
    ),
    Mutant(
        "dtype",
        "one layer computes in float32",
        PICTURE,
        "keras",
        "structure",
        (Edit('Dense(5, name="dense")', 'Dense(5, dtype="float32", name="dense")'),),
    ),
    Mutant(
        "dtype",
        "weights are rounded on their way out",
        TABLE,
        "torch",
        "weights",
        (
            Edit(
                "        self.batch_norm = ",
                "        self.dense.register_state_dict_post_hook(\n"
                "            lambda _, state, prefix, __: state.update(\n"
                "                {k: v.float().to(v.dtype) for k, v in state.items()}\n"
                "            )\n"
                "        )\n"
                "        self.batch_norm = ",
            ),
        ),
    ),
    Mutant(
        "variance",
        "a variance cancels",
        TABLE,
        "torch",
        "outputs",
        (
            Edit("nn.LayerNorm(6)", "Cancelling(6)"),
            Edit(
                "class Table(nn.Module):",
                "class Cancelling(nn.LayerNorm):\n"
                "    def forward(self, x: Tensor) -> Tensor:\n"
                "        mean = x.mean(-1, True)\n"
                "        variance = (x * x).mean(-1, True) - mean * mean\n"
                "        shares = (x - mean) / (variance + self.eps).sqrt()\n"
                "        return shares * self.weight + self.bias\n"
                "\n"
                "\n"
                "class Table(nn.Module):",
            ),
        ),
        "float32",
    ),
)

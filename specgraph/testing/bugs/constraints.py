"""Bugs of emitters that show in what a step brings weights back to, and nowhere else."""

from __future__ import annotations

from specgraph.testing.bugs.seeded import Edit, Mutant

LIMITED = """
specgraph: 1
name: limited
inputs: {row: [6]}
layers:
  - dense: {units: 6, kernel_constraint: {max_norm: 0.5}, bias_constraint: non_neg}
  - tanh
  - dense:
      units: 3
      kernel_constraint: {min_max_norm: {min_value: 2, max_value: 3, rate: 0.9}}
      bias_constraint: unit_norm
train:
  optimizer: {sgd: {learning_rate: 0.1}}
  loss: mean_squared_error
"""
HEADS = """
specgraph: 1
name: heads
inputs: {steps: [5, 6]}
layers:
  - layer_norm
  - multi_head_attention: {num_heads: 3, kernel_constraint: {max_norm: {max_value: 0.5, axis: 1}}}
  - batch_norm: {gamma_constraint: {max_norm: {max_value: 0.5}}}
    trainable: false
train:
  optimizer: {adam: {learning_rate: 0.01}}
  loss: mean_squared_error
"""
LIMITED_SPECS = {"limited": LIMITED, "heads": HEADS}


def _edit(old: str, new: str) -> tuple[Edit, ...]:
    return (Edit(old, new, "train.py"),)


CONSTRAINT_MUTANTS = (
    Mutant(
        "layout",
        "a norm is taken along the framework's first axis",
        LIMITED,
        "torch",
        "train",
        _edit('"dense.weight"), 0.5, dim=1', '"dense.weight"), 0.5, dim=0'),
    ),
    Mutant(
        "layout",
        "a norm is taken along the other axis",
        LIMITED,
        "keras",
        "train",
        (Edit("constraints.MaxNorm(0.5)", "constraints.MaxNorm(0.5, axis=1)"),),
    ),
    Mutant(
        "epsilon",
        "a norm is divided by without the epsilon",
        LIMITED,
        "torch",
        "train",
        _edit(
            "weight.mul_(norms.clamp(max=max_value) / (norms + 1e-7))",
            "weight.mul_(norms.clamp(max=max_value) / norms)",
        ),
    ),
    Mutant(
        "epsilon",
        "a bias of length one is so to the last digit",
        LIMITED,
        "torch",
        "train",
        _edit("keepdim=True) + 1e-7)", "keepdim=True))"),
    ),
    Mutant(
        "optimizer",
        "weights are left where the optimizer moves them",
        LIMITED,
        "torch",
        "train",
        _edit("    sgd.register_step_post_hook(constrain)\n", ""),
    ),
    Mutant(
        "optimizer",
        "weights are brought back before the step",
        LIMITED,
        "torch",
        "train",
        _edit("register_step_post_hook", "register_step_pre_hook"),
    ),
    Mutant(
        "default",
        "a bound is reached at once",
        LIMITED,
        "torch",
        "train",
        _edit("2.0, 3.0, 0.9, dim=1", "2.0, 3.0, 1.0, dim=1"),
    ),
    Mutant(
        "default",
        "the least norm is forgotten",
        LIMITED,
        "keras",
        "train",
        (Edit("min_value=2.0, ", ""),),
    ),
    Mutant(
        "bias",
        "a bias may be negative",
        LIMITED,
        "keras",
        "train",
        (Edit('        bias_constraint="non_neg",\n', ""),),
    ),
    Mutant(
        "layout",
        "heads are one vector",
        HEADS,
        "torch",
        "train",
        _edit("dim=0", "dim=(0, 1)"),
    ),
    Mutant(
        "optimizer",
        "frozen weights are brought back too",
        HEADS,
        "torch",
        "train",
        _edit(
            "        for name in ",
            '        max_norm(model.get_parameter("batch_norm.weight"), 0.5, dim=0)\n'
            "        for name in ",
        ),
    ),
)

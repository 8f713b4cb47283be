"""Bugs of emitters that show in how weights start, and nowhere else."""

from __future__ import annotations

from specgraph.testing.bugs.models import PICTURE, TABLE, WORDS
from specgraph.testing.bugs.seeded import Edit, Mutant

DRAWN = """
specgraph: 1
name: drawn
inputs: {row: [24]}
layers:
  - dense: {units: 32, kernel_initializer: he_normal, bias_initializer: {constant: 0.1}}
  - dense: {units: 24, kernel_initializer: {random_normal: 0.02}}
  - dense: {units: 24, kernel_initializer: {identity: 0.5}}
"""

START_MUTANTS = (
    Mutant(
        "default",
        "a model starts as the framework has it",
        PICTURE,
        "torch",
        "weights",
        (Edit("        self.apply(self._initialize)\n", ""),),
    ),
    Mutant(
        "initializer",
        "a kernel starts with another fan",
        PICTURE,
        "torch",
        "weights",
        (Edit("xavier_uniform_(module.weight)", "kaiming_uniform_(module.weight)"),),
    ),
    Mutant(
        "initializer",
        "an orthogonal kernel starts with another gain",
        WORDS,
        "torch",
        "weights",
        (Edit("orthogonal_(parameter)", "orthogonal_(parameter, 1.01)"),),
    ),
    Mutant(
        "bias",
        "a bias of zeros starts at random",
        WORDS,
        "keras",
        "weights",
        (Edit("Dense(3, ", 'Dense(3, bias_initializer="random_normal", '),),
    ),
    Mutant(
        "gate",
        "another gate than the one to forget starts open",
        WORDS,
        "torch",
        "weights",
        (Edit("parameter.chunk(4)[1]", "parameter.chunk(4)[2]"),),
    ),
    Mutant(
        "bias",
        "the bias that is always zero starts at random",
        WORDS,
        "torch",
        "weights",
        (Edit('elif name == "bias_hh_l0":', 'elif name == "none":'),),
    ),
    Mutant(
        "initializer",
        "an embedding starts within other bounds",
        WORDS,
        "torch",
        "weights",
        (Edit("-0.05, 0.05", "0.0, 0.05"),),
    ),
    Mutant(
        "bias",
        "a bias starts as the framework has it",
        TABLE,
        "keras",
        "weights",
        (Edit("        bias_initializer=fan_in_uniform(6),\n", ""),),
    ),
    Mutant(
        "initializer",
        "a normal distribution is not cut",
        DRAWN,
        "torch",
        "weights",
        (
            Edit(
                "variance_scaling_(self.dense.weight, 2.0)",
                "nn.init.kaiming_normal_(self.dense.weight)",
            ),
        ),
    ),
    Mutant(
        "initializer",
        "a normal distribution is cut",
        DRAWN,
        "keras",
        "weights",
        (Edit("initializers.RandomNormal(", "initializers.TruncatedNormal("),),
    ),
    Mutant(
        "initializer",
        "a distribution of the same variance is another one",
        DRAWN,
        "keras",
        "weights",
        (Edit('kernel_initializer="he_normal"', 'kernel_initializer="he_uniform"'),),
    ),
    Mutant(
        "initializer",
        "an identity starts with another gain",
        DRAWN,
        "tensorflow",
        "weights",
        (Edit("Identity(gain=0.5)", "Identity()"),),
    ),
)

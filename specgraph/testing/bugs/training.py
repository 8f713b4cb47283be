"""Bugs in how a model is trained: losses, labels, optimizers, schedules, metrics."""

from __future__ import annotations

from specgraph.testing.bugs.models import PICTURE, TABLE, WORDS
from specgraph.testing.bugs.seeded import Edit, Mutant

TRAINING_MUTANTS = (
    Mutant(
        "reduction",
        "a loss is summed",
        TABLE,
        "torch",
        "loss",
        (
            Edit(
                "F.mse_loss(output, target)",
                'F.mse_loss(output, target, reduction="sum")',
                "train.py",
            ),
        ),
    ),
    Mutant(
        "label",
        "labels are smoothed by another part",
        PICTURE,
        "keras",
        "loss",
        (Edit("label_smoothing=0.1", "label_smoothing=0.09", "train.py"),),
    ),
    Mutant(
        "reduction",
        "a penalty is forgotten",
        TABLE,
        "keras",
        "loss",
        (Edit(" + sum(model.losses)", "", "train.py"),),
    ),
    Mutant(
        "epsilon",
        "Adam's epsilon comes after the correction",
        PICTURE,
        "torch",
        "train",
        (
            Edit(
                "    adam.register_step_pre_hook(uncorrected_epsilon)\n",
                "",
                "train.py",
            ),
        ),
    ),
    Mutant(
        "optimizer",
        "an embedding's gradients are squared by occurrence",
        WORDS,
        "keras",
        "train",
        (
            Edit(
                "return DenseAdam(",
                "return keras.optimizers.Adam(",
                "train.py",
            ),
        ),
    ),
    Mutant(
        "optimizer",
        "weight decay goes through the gradient",
        WORDS,
        "torch",
        "train",
        (Edit("torch.optim.AdamW(", "torch.optim.Adam(", "train.py"),),
    ),
    Mutant(
        "momentum",
        "momentum does not look ahead",
        TABLE,
        "keras",
        "train",
        (Edit(", nesterov=True", "", "train.py"),),
    ),
    Mutant(
        "optimizer",
        "the learning rate is off by a thousandth",
        TABLE,
        "torch",
        "train",
        (Edit("lr=0.1,", "lr=0.1001,", "train.py"),),
    ),
    Mutant(
        "label",
        "accuracy looks at the least logit",
        WORDS,
        "torch",
        "train",
        (Edit(".argmax(1)", ".argmin(1)", "train.py"),),
    ),
    Mutant(
        "label",
        "a metric is the square of what its name says",
        TABLE,
        "keras",
        "train",
        (
            Edit(
                "keras.metrics.MeanAbsoluteError(",
                "keras.metrics.MeanSquaredError(",
                "train.py",
            ),
        ),
    ),
    Mutant(
        "label",
        "a metric of probabilities is one of logits",
        PICTURE,
        "tensorflow",
        "train",
        (Edit("tf.nn.softmax(logits)", "logits", "train.py"),),
    ),
)

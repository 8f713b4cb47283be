"""What shapes, layouts, dimensions, defaults and training do not allow."""

from __future__ import annotations

import pytest

from tests.located import HEAD, check_problems

SPEECH = """\
specgraph: 1
name: speech_cnn
semantics: torch
inputs:
  spectrogram: [1, 28, 28]
layers:
  - conv2d: {filters: 10, kernel_size: 5, activation: relu}
  - conv2d: {filters: 20, kernel_size: 5, activation: relu}
  - conv2d: {filters: 30, kernel_size: 5, activation: relu}
  - §reshape: [480]
  - dense: {units: 128, activation: relu}
  - dense: 10
"""

CASES: list[tuple[str, str, list[tuple[str, str]]]] = [
    (
        "the batch axis",
        "inputs: {x: [4, 3]}\nlayers:\n"
        "  - {§softmax: 0, from: x}\n  - {§softmax: -3, from: x}\n"
        "  - {§concat: 0, from: [x, x]}\n  - {§layer_norm: {axis: 0}, from: x}\n"
        "  - {§expand_dims: 0, from: x}\n  - {§squeeze: 0, from: x}\n"
        "  - {§batch_norm: {axis: 0}, from: x}\n",
        [("shape-mismatch", "axis 0 of [4, 3] is the batch")]
        + [("shape-mismatch", "is the batch")] * 6,
    ),
    (
        "axes that are not there",
        "inputs: {x: [4, 3]}\nlayers:\n  - {§softmax: 3, from: x}\n"
        "  - {§permute: [1, 2, 3], from: x}\n  - {permute: §[0, 1], from: x}\n",
        [
            ("shape-mismatch", "axis 3 does not exist in [4, 3]"),
            ("shape-mismatch", "permute: [1, 2, 3] orders 3 axes, [4, 3] has 2"),
            ("bad-value", "the axes 1 to 2 must each come once, got [0, 1]"),
        ],
    ),
    (
        "merges of unlike shapes",
        "inputs: {x: [4, 3], y: [4, 1], z: [3, 4]}\nlayers:\n"
        "  - {§add: , from: [x, y]}\n  - {§add: {broadcast: true}, from: [x, z]}\n"
        "  - {§concat: 1, from: [x, z]}\n  - {§multiply: , from: [x, z]}\n",
        [
            ("shape-mismatch", "`broadcast: true` repeats axes of size 1"),
            (
                "shape-mismatch",
                "add needs shapes that broadcast, got [4, 3] and [3, 4]",
            ),
            ("shape-mismatch", "concat: operands must be equal but for axis 1"),
            ("shape-mismatch", "multiply needs operands of one shape"),
        ],
    ),
    (
        "two symbols that need not be equal",
        "inputs: {x: [a, 3], y: [b, 3]}\nlayers:\n  - {§add: , from: [x, y]}\n",
        [("shape-mismatch", "a and b differ where a is 1 and b is 2")],
    ),
    (
        "halves that differ for odd sizes",
        "inputs: {x: [t, 3]}\nlayers:\n"
        "  - {max_pool1d: 2, name: l}\n"
        "  - {max_pool1d: {pool_size: 2, padding: same}, from: x, name: r}\n"
        "  - {§add: , from: [l, r]}\n",
        [("shape-mismatch", "differ where t is 1")],
    ),
    (
        "operands of two layouts",
        "inputs: {x: [4, 5, 3], y: {shape: [4, 5, 3], layout: channels_first}}\n"
        "layers:\n  - {§add: , from: [x, y]}\n  - {§concat: , from: [x, y]}\n",
        [
            ("shape-mismatch", "add needs operands of one layout"),
            ("shape-mismatch", "a permute before one of them"),
        ],
    ),
    (
        "windows larger than their input",
        "inputs: {x: [4, 4, 3]}\nlayers:\n  - §conv2d: {filters: 3, kernel_size: 5}\n"
        "  - {§max_pool2d: 5, from: x}\n",
        [("shape-mismatch", "conv2d"), ("shape-mismatch", "max_pool2d")],
    ),
    (
        "the wrong rank",
        "inputs: {x: [4]}\nlayers:\n  - §conv2d: {filters: 3, kernel_size: 2}\n"
        "  - {§lstm: 3, from: x}\n",
        [("shape-mismatch", "conv2d"), ("shape-mismatch", "lstm")],
    ),
    (
        "sizes beyond the limit",
        "inputs: {x: [2000000000]}\nlayers:\n  - {§concat: , from: [x, x]}\n"
        "  - {§dense: 3000000000, from: x}\n",
        [
            ("shape-mismatch", "4000000000 is too large; the limit is 2^31 - 1"),
            ("shape-mismatch", "3000000000 is too large"),
        ],
    ),
    (
        "weights whose size varies",
        "inputs: {x: [4, t]}\nlayers:\n  - §dense: 3\n  - {flatten: , from: x}\n"
        "  - §dense: 3\n",
        [("shape-mismatch", "got t"), ("shape-mismatch", "got 4 * t")],
    ),
    (
        "channels that are not said, under channels first",
        "semantics: torch\ninputs: {§x: [80, time]}\n"
        "layers:\n  - conv1d: {filters: 3, kernel_size: 2}\n",
        [("missing-layout", "write `layout: channels_first` ([channels, length])")],
    ),
    (
        "the same by layout alone, in a pool",
        "layout: channels_first\ninputs: {§x: [80, time]}\nlayers: [max_pool1d: 2]\n",
        [("missing-layout", "the channels are that max_pool1d takes")],
    ),
    (
        "a dimension that no input has",
        "dims: {time: {min: 5}, §tmie: {max: 3}}\ninputs: {x: [time, 3]}\nlayers: [relu]\n",
        [("unused-dimension", "did you mean `time`?")],
    ),
    (
        "bounds that a layer does not allow",
        "dims: §{t: {max: 4}}\ninputs: {x: [t, 3]}\n"
        "layers: [conv1d: {filters: 3, kernel_size: 5}]\n",
        [("shape-mismatch", "at no legal size of t has every layer an output")],
    ),
    (
        "defaults of nothing",
        "inputs: {x: [4]}\ndefaults:\n  dens: §{units: 3}\n  dense: {§unts: 3}\n"
        "  all: {§colour: red}\n  relu: §3\nlayers: [relu]\n",
        [
            ("unknown-op", "did you mean 'dense'?"),
            ("unknown-attribute", "did you mean `units`?"),
            ("unknown-attribute", "no op has an attribute `colour`"),
            ("wrong-type", "`defaults.relu` must be a mapping"),
        ],
    ),
    (
        "defaults of the wrong type, used or not",
        "inputs: {x: [4]}\ndefaults: {dense: {use_bias: §3}, dropout: {rate: §2}}\n"
        "layers: [{dense: 3}, {dense: 3}]\n",
        [
            ("wrong-type", "dense: use_bias must be a valid boolean, got 3"),
            ("bad-value", "dropout: rate must be"),
        ],
    ),
    (
        "defaults of all that one op cannot take",
        "inputs: {x: [4]}\ndefaults: {all: {axis: §true}}\nlayers: [softmax]\n",
        [("wrong-type", "softmax: axis must be")],
    ),
    (
        "defaults whose expression fails",
        'inputs: {x: [4]}\ndefaults: {dropout: {rate: "${§p}"}}\nlayers: [dropout: 0.5]\n',
        [("bad-expression", "unknown name 'p'")],
    ),
    (
        "an exclusion that matches nothing",
        "inputs: {x: [4]}\nlayers: [dense: 3]\ntrain:\n"
        "  optimizer: {adamw: {exclude: [bias, §layer_norm, 'dense.*', §'x.*']}}\n"
        "  loss: mse\n",
        [
            ("unused-exclusion", "no weight matches 'layer_norm'"),
            ("unused-exclusion", "no weight matches 'x.*'"),
        ],
    ),
    (
        "training without weights",
        "inputs: {x: [4]}\nlayers: [relu]\ntrain: §{optimizer: adam, loss: mse}\n",
        [("nothing-to-train", "no layer has any; leave out `train`, or add a layer")],
    ),
    (
        "training of frozen weights alone",
        "inputs: {x: [4]}\nlayers:\n  - {name: a, trainable: false, layers: [dense: 3]}\n"
        "train: §{optimizer: adam, loss: mse}\n",
        [("nothing-to-train", "all are `trainable: false`; leave out `train`, or let")],
    ),
    (
        "training of statistics",
        "inputs: {x: [4]}\nlayers: [batch_norm: {scale: false, center: false}]\n"
        "train: §{optimizer: adam, loss: mse}\n",
        [("nothing-to-train", "no layer has any")],
    ),
    (
        "training that cannot be",
        "inputs: {x: [4]}\nlayers: [dense: 3]\ntrain:\n  optimizer: {sgd: {§lr: 0.1}}\n"
        "  loss: {mse: {reduction: §avg}}\n  metrics: [§acuracy]\n  batch_size: §0\n"
        "  epochs: §1.5\n  §clip: 1\n",
        [
            ("unknown-attribute", "did you mean 'learning_rate'?"),
            ("wrong-type", "reduction must be"),
            ("unknown-metric", "did you mean 'accuracy'?"),
            ("bad-value", "batch_size must be at least 1, got 0"),
            ("wrong-type", "epochs must be an integer, got 1.5"),
            ("unsupported", "clip is not supported"),
        ],
    ),
    (
        "losses of several outputs",
        "inputs: {x: [4]}\nlayers:\n  - branches: {a: [{dense: 3}], b: [{dense: 1}]}\n"
        "train: {optimizer: adam, loss: §{a: mse, §c: mse}, loss_weights: {a: §heavy}}\n",
        [
            ("missing-key", "nothing is said of output b"),
            ("unknown-output", "there is no output 'c'"),
            ("wrong-type", "a loss weight must be a number"),
        ],
    ),
]


@pytest.mark.parametrize(("name", "body", "expected"), CASES, ids=lambda c: str(c)[:40])
def test_refused_graph(name: str, body: str, expected: list[tuple[str, str]]) -> None:
    check_problems(HEAD + body, expected)


def test_the_speech_model_refuses_a_larger_image_by_its_line() -> None:
    """The PyTorch original folds the surplus into the batch without a word."""
    check_problems(SPEECH, [("shape-mismatch", "has 7680 elements, [480] has 480")])

"""What is refused in `layers`: forms, modifiers, calls, `from`, branches, names."""

from __future__ import annotations

import pytest

from tests.located import HEAD, check_problems

ONE = "inputs: {x: [4]}\n"

CASES: list[tuple[str, str, list[tuple[str, str]]]] = [
    (
        "entries that are no layers",
        "layers:\n  - §3\n  - §[relu]\n  - §{}\n  - §null\n",
        [
            ("wrong-type", "a layer is a name or a mapping, got 3"),
            ("wrong-type", "write `- flatten` or `- dense: 10`"),
            ("wrong-type", "an empty layer"),
            ("wrong-type", "got nothing"),
        ],
    ),
    (
        "only modifiers",
        "layers:\n  - §name: a\n    trainable: false\n",
        [("wrong-type", "this layer calls no op")],
    ),
    (
        "unknown ops, with what was meant",
        "layers: [§dens: 3, §Conv2D, §batchnorm2d, §xyzzy, §nn.ReLU]\n",
        [
            ("unknown-op", "did you mean 'dense'?"),
            ("unknown-op", "did you mean 'conv2d'?"),
            ("unknown-op", "did you mean 'batch_norm'?"),
            ("unknown-op", "unknown op 'xyzzy'"),
            ("unknown-op", "unknown op 'nn.ReLU'"),
        ],
    ),
    (
        "torch's name for dense",
        "layers: [linear: §10]\n",
        [("wrong-type", "did you mean 'dense'?")],
    ),
    (
        "a misspelt form",
        "layers:\n  - §brances: {a: [relu]}\n",
        [("unknown-op", "did you mean `branches`?")],
    ),
    (
        "misspelt attributes",
        "layers:\n  - dense: {§unis: 3}\n  - dense: {units: 3, §activaton: relu}\n"
        "  - dropout: {§p: 0.5}\n",
        [
            ("unknown-attribute", "did you mean 'units'?"),
            ("unknown-attribute", "did you mean 'activation'?"),
            ("unknown-attribute", "did you mean 'rate'?"),
        ],
    ),
    (
        "attributes that are no names, or those of types",
        "layers:\n  - dense: {units: 3, §'a b': 1, §int: 2, §'': 3}\n",
        [
            ("unknown-attribute", "dense has no attribute 'a b'"),
            ("unknown-attribute", "dense has no attribute 'int'"),
            ("unknown-attribute", "dense has no attribute ''"),
        ],
    ),
    (
        "several problems of a call inside a call",
        "layers:\n  - dense: {units: 3, activation: {leaky_relu: {§a: 1, §b: 2}}}\n",
        [
            ("unknown-attribute", "leaky_relu has no attribute 'a'"),
            ("unknown-attribute", "leaky_relu has no attribute 'b'"),
        ],
    ),
    (
        "another framework's attributes",
        "layers:\n  - conv2d: {§out_channels: 3, §kernal_size: 3}\n",
        [
            ("unknown-attribute", "did you mean 'filters'?"),
            ("unknown-attribute", "did you mean 'kernel_size'?"),
        ],
    ),
    (
        "missing attributes",
        "layers:\n  - §dense\n  - §conv2d: 3\n  - §lstm:\n",
        [
            ("missing-attribute", "dense needs 'units'"),
            ("missing-attribute", "conv2d needs 'kernel_size'"),
            ("missing-attribute", "lstm needs 'units'"),
        ],
    ),
    (
        "values of the wrong type",
        "layers:\n  - dense: §many\n  - dense: §3.0\n  - dense: §true\n"
        "  - dense: {units: §[3]}\n  - dense: {units: 3, use_bias: §1}\n"
        "  - dropout: §'0.5'\n  - dense: {units: 3, activation: §5}\n"
        "  - flatten: §5\n",
        [
            ("wrong-type", "units must be a valid integer, got 'many'"),
            ("wrong-type", "got 3.0"),
            ("wrong-type", "got true"),
            ("wrong-type", "got [3]"),
            ("wrong-type", "use_bias must be a valid boolean, got 1"),
            ("wrong-type", "rate must be a valid number, got '0.5'"),
            ("wrong-type", "activation must be a name or one call"),
            ("wrong-type", "flatten takes no plain value, got 5"),
        ],
    ),
    (
        "values out of range",
        "layers:\n  - dense: §0\n  - dense: §-5\n  - dropout: §1.5\n"
        "  - batch_norm: {epsilon: §-1}\n",
        [
            ("bad-value", "units must be greater than or equal to 1, got 0"),
            ("bad-value", "got -5"),
            ("bad-value", "rate must be less than"),
            ("bad-value", "epsilon must be greater than or equal to 0"),
        ],
    ),
    (
        "numbers that are none",
        "layers:\n  - dropout: §.nan\n  - batch_norm: {epsilon: §.inf}\n",
        [("wrong-type", "must be a finite number, got nan"), ("wrong-type", "got inf")],
    ),
    (
        "unknown calls inside",
        "layers:\n  - dense: {units: 3, activation: §rleu}\n"
        "  - dense: {units: 3, activation: §flatten}\n"
        "  - dense: {units: 3, activation: {leaky_relu: {§slope: 1}}}\n"
        "  - dense: {units: 3, kernel_initializer: §xavier}\n"
        "  - dense: {units: 3, kernel_regularizer: {l2: §lots}}\n"
        "  - dense: {units: 3, bias_constraint: §NonNeg}\n"
        "  - dense: {units: 3, kernel_constraint: {max_norm: §-2}}\n"
        "  - dense: {units: 3, kernel_constraint: {§clip: 2}}\n",
        [
            ("unknown-activation", "did you mean 'relu'?"),
            ("bad-value", "flatten is an op but not an activation"),
            ("unknown-attribute", "leaky_relu has no attribute 'slope'"),
            ("unknown-initializer", "unknown initializer 'xavier'"),
            ("wrong-type", "got 'lots'"),
            ("unknown-constraint", "did you mean 'non_neg'?"),
            ("bad-value", "max_norm: max_value must be greater than 0, got -2"),
            ("unknown-constraint", "known: max_norm, min_max_norm, non_neg, unit_norm"),
        ],
    ),
    (
        "an attribute beside the call",
        "layers:\n  - dense: 3\n    §activation: relu\n",
        [("unknown-key", "attributes go inside the call: `dense: {activation: …}`")],
    ),
    (
        "two calls in one entry",
        "layers:\n  - dense: 3\n    §relu:\n",
        [("unknown-key", "another layer is another list item")],
    ),
    (
        "a misspelt modifier",
        "layers:\n  - dense: 3\n    §trainble: false\n",
        [("unknown-key", "did you mean `trainable`?")],
    ),
    (
        "modifiers of the wrong type",
        "layers:\n  - relu:\n    name: §3\n    trainable: §0\n    from: §1\n",
        [
            ("wrong-type", "`name` must be a string, got 3"),
            ("wrong-type", "`trainable` must be true or false, got 0"),
            ("wrong-type", "layers are named, never counted"),
        ],
    ),
    (
        "loops that are none",
        "layers:\n  - dense: 3\n    repeat: {§time: 3}\n".replace("{§", "§{§")
        + "  - for: §[1]\n    layers: [relu]\n  - for: {§in: [1]}\n    layers: [relu]\n"
        "  - §for: {i: [1]}\n  - branches: §{for: {i: [1]}}\n"
        "  - {dense: 3, repeat: {times: 2, as: §3}}\n  - {dense: 3, tie: §[]}\n",
        [
            ("missing-key", "`repeat` needs `times`"),
            ("unknown-key", "did you mean `times`?"),
            ("wrong-type", "`for`"),
            ("reserved-name", "Python keyword"),
            ("missing-key", "`layers` is missing"),
            ("missing-key", "`layers` is missing"),
            ("wrong-type", "`as` names the iteration's number, got 3"),
            ("wrong-type", "`tie` maps weights to weights, got []"),
        ],
    ),
    (
        "names that cannot be",
        "layers:\n"
        + "".join(
            f"  - {{relu: , name: §{name}}}\n"
            for name in ("class", "_x", "a.b", "self", "half", "torch", "type", "1a")
        ),
        [
            ("reserved-name", "it is a Python keyword"),
            ("reserved-name", "do not start with an underscore"),
            ("reserved-name", "a name is a letter, then letters, digits"),
            ("reserved-name", "a layer cannot be called 'self'"),
            ("reserved-name", "an attribute of torch.nn.Module"),
            ("reserved-name", "use it for something else"),
            ("reserved-name", "an attribute of torch.nn.Module"),
            ("reserved-name", "a name is a letter"),
        ],
    ),
    (
        "names that a group cannot hold",
        "layers:\n  - layers:\n      - {relu: , name: §keys}\n  - {relu: , name: items}\n",
        [("reserved-name", "torch.nn.ModuleDict")],
    ),
    (
        "a merge of nothing",
        "layers:\n  - add:\n    §merge: concat\n",
        [("unknown-key", "`merge` stands beside `branches`")],
    ),
    (
        "branches that are none",
        "layers:\n  - branches: §[relu]\n  - branches: §{}\n"
        "  - branches: {a: §relu, b: §null}\n    merge: add\n",
        [
            ("wrong-type", "`branches` maps names to layers, got ['relu']"),
            ("wrong-type", "got {}"),
            ("wrong-type", "`a` is a list of layers, got 'relu'"),
            ("wrong-type", "`[]` is the identity"),
        ],
    ),
    (
        "keys beside branches",
        "layers:\n  - branches: {a: [], b: []}\n    §mrge: add\n    §dense: 3\n",
        [
            ("unknown-key", "did you mean `merge`?"),
            ("unknown-key", "`dense` does not belong here"),
        ],
    ),
    (
        "merges that are none",
        "layers:\n  - branches: {a: [], b: []}\n    merge: §5\n"
        "  - branches: {a: [], b: []}\n    merge: §ad\n"
        "  - branches: {a: [], b: []}\n    merge: §{layers: [relu]}\n"
        "  - branches: {a: [], b: []}\n    merge: {add: , §name: sum}\n",
        [
            ("wrong-type", "got 5"),
            ("unknown-op", "did you mean 'add'?"),
            ("wrong-type", "`merge` is the call of an op"),
            ("unknown-key", "put `name` beside `branches`"),
        ],
    ),
    (
        "a branch that cannot be called so",
        "layers:\n  - branches: {§in: [], §a b: []}\n    merge: add\n",
        [
            ("reserved-name", "a branch cannot be called 'in'"),
            ("reserved-name", "a branch cannot be called 'a b'"),
        ],
    ),
    (
        "an empty group",
        "layers:\n  - layers: §[]\n  - §layers: relu\n".replace(
            "§layers: r", "layers: §r"
        ),
        [("bad-value", "`layers` has no layers"), ("wrong-type", "list of layers")],
    ),
    (
        "a `from` that names nothing",
        "layers:\n  - {relu: , from: §[]}\n  - {relu: , from: §{}}\n"
        "  - {relu: , from: §null}\n  - {relu: , from: §.a}\n  - {relu: , from: §x.}\n"
        "  - {relu: , from: §x.a.b}\n  - {relu: , from: {input: §[]}}\n",
        [
            ("bad-value", "`from` names nothing"),
            ("bad-value", "`from` names nothing"),
            ("wrong-type", "expected the name of a layer or input, got nothing"),
            ("bad-reference", "'.a' names nothing"),
            ("bad-reference", "'x.' names nothing"),
            ("bad-reference", "'x.a.b' reaches into a layer"),
            ("bad-value", "`from` names nothing"),
        ],
    ),
    (
        "bad expressions",
        'layers:\n  - dense: "${§n}"\n  - dense: {units: "${2 *§}"}\n'
        '  - dense: "${§().__class__}"\n  - dense: "${§9**9**9}"\n'
        '  - dropout: "${§open(\'a\')}"\n  - dense: "${7 / 2}"\n'.replace(
            'dense: "${7', 'dense: §"${7'
        ),
        [
            ("bad-expression", "unknown name 'n'"),
            ("bad-expression", "not an expression"),
            ("bad-expression", "cannot stand in an expression"),
            ("bad-expression", ""),
            ("bad-expression", "unknown function 'open'"),
            ("wrong-type", "units must be a valid integer, got 3.5"),
        ],
    ),
]


@pytest.mark.parametrize(("name", "body", "expected"), CASES, ids=lambda c: str(c)[:40])
def test_refused_layers(name: str, body: str, expected: list[tuple[str, str]]) -> None:
    check_problems(HEAD + ONE + body, expected)

"""More hostile specs: oddities of YAML, expressions, sizes, references and training."""

from __future__ import annotations

import json
from collections.abc import Mapping

from tests.hostile.corpus import HostileCase
from tests.hostile.specs import HEAD, IMAGE, LAYERS, TRAIN

UNITS = HEAD + "layers:\n  - dense: "
CONV = IMAGE + "  - conv2d: {filters: 4, kernel_size: 3, "
OPTIMIZER = TRAIN + "{loss: mse, optimizer: "


def _cases(code: str, prefix: str, texts: Mapping[str, str]) -> list[HostileCase]:
    return [
        HostileCase(name, f"{prefix}{text}\n".encode(), code, "spec")
        for name, text in texts.items()
    ]


def _units(*expressions: str, code: str = "bad-expression") -> list[HostileCase]:
    """Units that an expression gives."""
    texts = {
        f"units-of-{expression[:30]}": json.dumps(f"${{{expression}}}")
        for expression in expressions
    }
    return _cases(code, UNITS, texts)


def _doublings(first: str, twice: str) -> str:
    """Parameters each of which holds the one before it twice."""
    lines = [f"  a0: {first}"]
    lines += [f"  a{i}: '{twice.replace('A', f'a{i - 1}')}'" for i in range(1, 60)]
    return "\n".join(lines)


ODD_CASES: list[HostileCase] = [
    *_cases(
        "wrong-type",
        UNITS,
        {
            "units-with-an-underscore": "1_000",
            "units-in-sixties": "1:30",
            "units-in-binary": "0b11",
            "units-with-an-exponent": "1e1",
            "bias-is-yes": "{units: 3, use_bias: yes}",
        },
    ),
    *_cases(
        "reserved-name",
        "specgraph: 1\ninputs: {x: [4]}\n" + LAYERS,
        {
            "a-date-as-a-name": "name: 2020-01-01",
            "an-emoji-as-a-name": "name: \U0001f600",
        },
    ),
    *_cases("yaml-tag", HEAD + LAYERS, {"a-set": "description: !!set {a}"}),
    *_cases("unprintable", HEAD + LAYERS, {"a-mark-inside": "\ufeffdescription: x"}),
    *_cases("yaml-syntax", HEAD + LAYERS, {"text-after-the-end": "...\nx: 1"}),
    *_units("1 % 0", "1.0 / 0", "2 ** 63", "1e308 * 10", "[1, 2][5]", "max([])"),
    *_units("sum(['a'])", "\u0663", "None", "'%s' % 3", "{1}", "b'3'", "0 ** -1"),
    *_units("(" * 60 + "3" + ")" * 60 + " + " + "-" * 60 + "1", "+".join("1" * 300)),
    *_units("7 % -3", "-3", "0", code="bad-value"),
    *_units("2 ** -1", "not 3", "1 < 2", "[3]", "'3'", "3.0", code="wrong-type"),
    *_cases(
        "bad-expression",
        HEAD + LAYERS + "params:\n",
        {
            "parameters-in-a-circle": "  {a: '${b}', b: '${a}'}",
            "a-parameter-of-itself": "  {a: '${a}'}",
            "a-bomb-of-lists": _doublings("[1, 1]", "${A + A}"),
            "a-bomb-of-text": _doublings("xx", "${A}${A}"),
            "a-bomb-of-nested-lists": _doublings("[1]", "${[A, A]}"),
        },
    ),
    *_cases(
        "bad-value",
        CONV,
        {
            "endless-strides": f"strides: {10**18}}}",
            "endless-dilation": f"dilation_rate: [1, {2**31}]}}",
            "no-strides": "strides: 0}",
            "backward-strides": "strides: -1}",
            "no-dilation": "dilation_rate: 0}",
            "uneven-groups": "groups: 7}",
            "no-groups": "groups: 0}",
            "endless-groups": f"groups: {10**18}}}",
            "same-and-explicit-padding": "padding: [same, 1]}",
            "negative-padding": "padding: -1}",
            "a-negative-regularizer": "kernel_regularizer: {l2: -1}}",
            "a-negative-norm": "kernel_constraint: {max_norm: -1}}",
            "an-endless-axis": f"kernel_constraint: {{unit_norm: {10**18}}}}}",
            "no-axis": "kernel_constraint: {unit_norm: []}}",
        },
    ),
    *_cases(
        "shape-mismatch",
        CONV,
        {
            "endless-padding": f"padding: {10**18}}}",
            "a-dilated-window-that-does-not-fit": "dilation_rate: 9}",
        },
    ),
    *_cases(
        "shape-mismatch",
        HEAD.replace("[4]", "[65536, 65536, 4]") + "layers:\n",
        {
            "a-flat-size-beyond-the-limit": "  - flatten",
            "the-batch-axis": "  - softmax: {axis: 0}",
            "an-axis-that-is-not": "  - softmax: {axis: 9}",
            "a-concat-of-batches": "  - concat: {axis: 0}\n    from: [x, x]",
        },
    ),
    *_cases(
        "bad-reference",
        HEAD + "layers:\n",
        {
            "a-path-in-from": "  - dense: 3\n    from: x.y.z",
            "an-unknown-port": "  - dense: 3\n    from: {zzz: x}",
            "two-for-one": "  - dense: 3\n    from: [x, x]",
        },
    ),
    *_cases(
        "bad-value",
        HEAD + "layers:\n",
        {
            "from-nothing": "  - dense: 3\n    from: []",
            "from-too-many": f"  - add:\n    from: [{', '.join(['x'] * 300)}]",
            "two-open-sizes": "  - reshape: [-1, -1]",
        },
    ),
    *_cases(
        "bad-value",
        OPTIMIZER,
        {
            "a-negative-rate": "{adam: -1}}",
            "a-beta-above-one": "{adam: {beta_1: 1.5}}}",
            "nesterov-without-momentum": "{sgd: {nesterov: true}}}",
            "no-batch": "adam, batch_size: 0}",
            "an-endless-batch": f"adam, batch_size: {10**18}}}",
            "negative-epochs": "adam, epochs: -1}",
        },
    ),
    *_cases(
        "wrong-type",
        OPTIMIZER,
        {
            "a-rate-as-text": "{adam: '1e-3'}}",
            "two-optimizers": "{adam: {}, sgd: {}}}",
            "half-an-epoch": "adam, epochs: 1.5}",
        },
    ),
]

LEGAL = (
    "&k specgraph: 1\n&n name: &m m\ninputs: {&i x: &s [4]}\n" + LAYERS,
    "specgraph: 1\nname: no\ninputs: {on: [4]}\n" + LAYERS + "outputs: {y: dense_2}\n",
    *(f"{UNITS}{units}\n" for units in ("0o17", "0x10", "010", "+3", "2147483647")),
    *((HEAD + LAYERS).replace("\n", end) for end in ("\r\n", "\r", "\x85", "\u2028")),
    *(
        f"{UNITS}'${{{text}}}'\n"
        for text in ("-7 % 3", "3 or 1 // 0", "[1, 2][-1]", "0 ** 0", "round(2.5)")
    ),
    *(
        f"{HEAD}params: {{{name}: 3}}\nlayers:\n  - dense: ${{{name}}}\n"
        for name in ("min", "len", "sum", "x")
    ),
    HEAD + LAYERS + "outputs: {a: dense_2, b: dense_2, c: x}\n",
    HEAD.replace("[4]", "[2, 2, 2, 2, 2, 2, 2, 2, 2]") + "layers: [relu]\n",
    HEAD
    + "".join(
        ["layers:\n", *(f"  - dense: 3\n    name: {name}\n" for name in ("Aa", "aA"))]
    ),
)
"""Specs that are odd, and mean what they say."""

"""Hostile specs that are fine YAML: refused by what they say, or legal and nasty."""

from __future__ import annotations

from collections.abc import Mapping

from tests.hostile.corpus import HostileCase

HEAD = "specgraph: 1\nname: m\ninputs: {x: [4]}\n"
LAYERS = "layers:\n  - dense: {units: 3, activation: relu}\n  - dense: 2\n"
IMAGE = "specgraph: 1\nname: m\ninputs: {x: [8, 8, 3]}\nlayers:\n"
TRAIN = HEAD + LAYERS + "train: "

RESERVED = (
    *("self", "torch", "nn", "F", "keras", "layers", "tf", "np", "numpy", "math"),
    *("half", "type", "training", "forward", "to", "train", "eval", "state_dict"),
)
"""Names that no model, layer, input or output may bear."""

MALFORMED = (
    *("class", "lambda", "None", "True", "__init__", "__class__", "_x", "_"),
    *("../x", "..", "/etc/passwd", "a/b", "a\\b", "a.b", "a-b", "a b", "1x", "", "é"),
    *("x\nimport os", "x\u2028y", "x\0y", "x;import os", 'x"', "x'", '"""', "x\\"),
    *("\u202exel", "\u2066x", "x\u200b", "\uff43lass", "a" * 101, "${x}", "x()"),
    *("__import__('os')", "print(1)", "con.yaml", "~", "*", "$HOME", "%s", "{x}"),
)
"""Names that nothing may bear."""

TEXTS = (
    '"""',
    '""" + __import__("os").system("touch owned") + """',
    "'''",
    "\\",
    'ends in a backslash \\"',
    '"""\nimport os\nos.system("touch owned")\n"""',
    "line\r\nbreaks\rand\x85more\u2028and\u2029more",
    "\u202eright to left\u202c \u2066isolated\u2069 \u200f\u200e\u061c",
    "# -*- coding: utf-7 -*-",
    "+AGkAbQBwAG8AcgB0ACAAbwBz-",
    "{nested} %s %(x)s ${HOME} $(touch owned) `touch owned`",
    "\\N{BULLET} \\x22\\x22\\x22 \\u0022 \\",
    "tabs\tand\x0bverticals\x0c",
    "emoji \U0001f600 and combining e\u0301 and wide \u4e00\u3042",
    "zero\u200bwidth \ufeff byte order mark",
    "a" * 10_000,
    "\n" * 500,
    '"' * 500,
    " leading and trailing ",
    "exec(open('x').read())",
    "</script><script>alert(1)</script>",
    "x\0y",
    "\x1b[31mred\x1b[0m \x1b]0;title\x07",
)
"""Descriptions that are legal, and must stay text."""


def quoted(text: str) -> str:
    """A text as a YAML string in double quotes."""
    plain = (c if c.isalnum() and c.isascii() else f"\\U{ord(c):08x}" for c in text)
    return f'"{"".join(plain)}"'


def _case(name: str, text: str, code: str) -> HostileCase:
    return HostileCase(name, text.encode("utf-8", "surrogatepass"), code, "spec")


def _cases(code: str, texts: Mapping[str, str]) -> list[HostileCase]:
    return [_case(name, text, code) for name, text in texts.items()]


def _named(
    where: str, text: str, names: tuple[str, ...] = (*RESERVED, *MALFORMED)
) -> list[HostileCase]:
    """A case for each bad name at one place: NAME in the text."""
    return [
        _case(f"{where}-{number}", text.replace("NAME", quoted(name)), "reserved-name")
        for number, name in enumerate(names)
    ]


SIZES = {"negative": "-1", "zero": "0", "huge": str(10**18)}
NUMBERS = {
    "nan": ".nan",
    "infinite": ".inf",
    "minus-infinite": "-.inf",
    "1e999": "1e999",
}

SPEC_CASES: list[HostileCase] = [
    *_named("model", "specgraph: 1\nname: NAME\ninputs: {x: [4]}\n" + LAYERS),
    *_named("input", "specgraph: 1\nname: m\ninputs: {NAME: [4]}\n" + LAYERS),
    *_named("layer", HEAD + "layers:\n  - dense: 3\n    name: NAME\n"),
    *_named("output", HEAD + LAYERS + "outputs: {NAME: dense_2}\n"),
    *_named("parameter", HEAD + "params: {NAME: 1}\n" + LAYERS, MALFORMED),
    *_named("dimension", HEAD + "dims: {NAME: {min: 2}}\n" + LAYERS, MALFORMED),
    *_named(
        "branch",
        HEAD + "layers:\n  - branches: {NAME: [dense: 4], b: []}\n    merge: add\n",
    ),
    *_cases(
        "bad-value",
        {
            f"{kind}-input-size": HEAD.replace("4", size) + LAYERS
            for kind, size in SIZES.items()
        },
    ),
    *_cases(
        "bad-value",
        {
            f"{kind}-units": HEAD + f"layers:\n  - dense: {size}\n"
            for kind, size in SIZES.items()
            if kind != "huge"
        },
    ),
    _case("huge-units", HEAD + f"layers:\n  - dense: {10**18}\n", "shape-mismatch"),
    _case(
        "endless-number", HEAD + f"layers:\n  - dense: {10**400}\n", "number-too-large"
    ),
    *_cases(
        "wrong-type",
        {
            f"{kind}-rate": TRAIN + f"{{optimizer: {{adam: {number}}}, loss: mse}}\n"
            for kind, number in NUMBERS.items()
        },
    ),
    *_cases(
        "wrong-type",
        {
            "a-list": "- 1\n- 2\n",
            "a-number": "42\n",
            "layers-are-a-mapping": HEAD + "layers: {dense: 3}\n",
            "layers-are-text": HEAD + "layers: dense\n",
            "a-layer-is-a-number": HEAD + "layers: [3]\n",
            "a-layer-is-a-list": HEAD + "layers: [[dense]]\n",
            "a-layer-is-null": HEAD + "layers: [null]\n",
            "units-are-text": HEAD + "layers:\n  - dense: many\n",
            "units-are-a-list": HEAD + "layers:\n  - dense: [1, 2]\n",
            "units-are-true": HEAD + "layers:\n  - dense: true\n",
            "units-are-a-float": HEAD + "layers:\n  - dense: 3.0\n",
            "name-is-a-number": HEAD.replace("m\n", "3\n") + LAYERS,
            "description-is-a-list": HEAD + "description: [x]\n" + LAYERS,
            "inputs-are-a-list": HEAD.replace("{x: [4]}", "[4]") + LAYERS,
            "a-shape-is-a-number": HEAD.replace("[4]", "4") + LAYERS,
            "a-size-is-a-float": HEAD.replace("4", "4.5") + LAYERS,
            "a-size-is-null": HEAD.replace("4", "null") + LAYERS,
            "a-size-is-true": HEAD.replace("4", "true") + LAYERS,
            "from-is-a-number": HEAD + "layers:\n  - dense: 3\n    from: 0\n",
            "trainable-is-text": HEAD + "layers:\n  - dense: 3\n    trainable: 'yes'\n",
            "train-is-a-list": TRAIN + "[adam]\n",
            "outputs-are-a-list": HEAD + LAYERS + "outputs: [dense]\n",
            "a-parameter-is-a-mapping": HEAD + "params: {p: {a: 1}}\n" + LAYERS,
            "batch-size-is-text": TRAIN
            + "{optimizer: adam, loss: mse, batch_size: big}\n",
        },
    ),
    *_cases(
        "unknown-op",
        {
            "unknown-op": HEAD + "layers:\n  - linear_layerr: 3\n",
            "an-op-that-is-python": HEAD + "layers:\n  - __import__('os'): 3\n",
            "an-op-with-a-path": HEAD + "layers:\n  - ../../dense: 3\n",
            "an-op-with-a-line-end": HEAD + 'layers:\n  - "dense\\nimport os": 3\n',
        },
    ),
    *_cases(
        "unknown-attribute",
        {
            "misspelt-attribute": HEAD + "layers:\n  - dense: {unit: 3}\n",
            "attribute-of-python": HEAD
            + "layers:\n  - dense: {units: 3, __class__: x}\n",
            "attribute-of-pydantic": IMAGE
            + "  - conv2d: {filters: 3, kernel_size: 3, model_config: 1}\n",
            "misspelt-optimizer-option": TRAIN
            + "{optimizer: {adam: {lr: 0.1}}, loss: mse}\n",
        },
    ),
    *_cases(
        "unknown-key",
        {
            "unknown-key": HEAD + LAYERS + "layer: []\n",
            "key-of-python": HEAD + LAYERS + "__builtins__: {}\n",
            "an-attribute-beside-the-call": HEAD
            + "layers:\n  - dense: 3\n    units: 4\n",
        },
    ),
    *_cases(
        "bad-reference",
        {
            "a-layer-of-itself": HEAD
            + "layers:\n  - dense: 3\n    name: a\n    from: a\n",
            "an-unknown-layer": HEAD + "layers:\n  - dense: 3\n    from: nothing\n",
            "an-unknown-output": HEAD + LAYERS + "outputs: {y: nothing}\n",
            "a-cycle": HEAD
            + "layers:\n  - dense: 3\n    name: a\n    from: b\n"
            + "  - dense: 3\n    name: b\n    from: a\n",
        },
    ),
    *_cases(
        "shape-mismatch",
        {
            "a-window-that-does-not-fit": IMAGE
            + "  - conv2d: {filters: 3, kernel_size: 99}\n",
            "a-reshape-that-does-not-fit": HEAD + "layers:\n  - reshape: [5]\n",
        },
    ),
]

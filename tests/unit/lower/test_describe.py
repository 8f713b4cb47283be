"""What a file says of its model, and whether anybody has edited it."""

from __future__ import annotations

import ast

import pytest

from specgraph.load import compile_spec, loads
from specgraph.lower.describe import is_edited
from specgraph.plugins import find_backend

SPEC = """\
specgraph: 1
name: tiny
description: {}
inputs: {{x: [4, 3, 2], y: {{shape: [time], dtype: int32, range: [0, 9]}}}}
layers:
  - {{global_max_pool2d: , from: x, trainable: false}}
  - {{embedding: {{input_dim: 9, output_dim: 2}}, from: y}}
  - global_average_pool1d
  - {{add: , from: [global_max_pool2d, global_average_pool1d]}}
  - batch_norm
deviations: [batch_norm.running_variance]
"""


def model(description: str = "One line.", file: str = "specs/tiny.yaml") -> str:
    graph = compile_spec(loads(SPEC.format(description), file))
    return find_backend("torch").plan(graph).files["model.py"]


def test_the_docstring_says_inputs_outputs_weights_and_deviations() -> None:
    assert (ast.get_docstring(ast.parse(model())) or "").split("\n") == [
        "One line.",
        "",
        "Inputs  x: float32 [B, 2, 4, 3] (channels first)",
        "        y: int32 [B, time]",
        "Output  batch_norm: float32 [B, 2]",
        "Parameters: 22 trainable, 4 frozen",
        "Deviations: batch_norm.running_variance",
    ]


def test_the_header_names_the_spec_s_base_name_only() -> None:
    first = model(file="/srv/someone/secret/tiny.yaml").split("\n")[0]
    assert first.startswith("# tiny.yaml · sha256 ")
    assert " · body " in first
    assert model(file="elsewhere/tiny.yaml") == model(file="/srv/me/tiny.yaml")


def test_a_file_is_edited_when_its_body_is_not_what_its_header_says() -> None:
    text = model()
    assert not is_edited(text)
    assert is_edited(text.replace("[B, time]", "[B, t]"))
    assert is_edited(text + "\n")
    assert is_edited(text.partition("\n")[2])
    assert is_edited("")


@pytest.mark.parametrize(
    "hostile",
    [
        '"a\\"\\"\\"\\nimport os\\nos.abort()\\n\\"\\"\\""',
        r"'back\slash \N{BULLET} \x41'",
        '"line\\u2028separator\\u202e bidi \\0 nul"',
        '"ends in a quote\\""',
        "|\n  Two\n  lines.",
    ],
)
def test_a_description_stays_a_description(hostile: str) -> None:
    tree, harmless = ast.parse(model(hostile)), ast.parse(model())
    kinds = [type(node) for node in tree.body]
    assert kinds == [type(node) for node in harmless.body]
    assert not set("\0\u2028\u202e") & set(model(hostile))


@pytest.mark.parametrize("file", ["a\nimport os.yaml", "🙂.yaml", '"""', "", "x" * 300])
def test_a_file_s_name_stays_in_its_comment(file: str) -> None:
    text = model(file=file)
    assert text.split("\n")[1].startswith('"""')
    assert not is_edited(text)

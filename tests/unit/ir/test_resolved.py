"""The resolved spec: nothing left open, the same model under any semantics."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from specgraph.ir.graph import Graph
from specgraph.ir.listing import graph_text
from specgraph.load import compile_spec, load, loads
from specgraph.spec.source import parse
from specgraph.testing.samples import SampleCase, all_samples
from tests.located import HEAD

ROOT = Path(__file__).parents[3]
SEEDS = sorted((ROOT / "specs" / "seed").glob("*.yaml"))


def meaning(graph: Graph) -> str:
    """The graph's text without the lines it came from, and its training."""
    lines = (line.partition("  # line")[0] for line in graph_text(graph).split("\n"))
    return "\n".join([*lines, repr(graph.training), repr(graph.bounds)])


def check_resolved(graph: Graph, set: dict[str, object] | None = None) -> None:
    again = compile_spec(loads(graph.resolved, graph.file, set))
    assert again.resolved == graph.resolved
    assert meaning(again) == meaning(graph)
    for semantics in ("keras", "torch"):
        text = f"semantics: {semantics}\n{graph.resolved}"
        assert compile_spec(loads(text, graph.file)).resolved == graph.resolved


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem)
def test_a_seed_resolves_to_itself(path: Path) -> None:
    check_resolved(compile_spec(load(path)))


@pytest.mark.parametrize("case", all_samples(), ids=str)
def test_a_sample_resolves_to_itself(case: SampleCase) -> None:
    check_resolved(case.graph())


SPECS: dict[str, str] = {
    "groups, branches, several outputs": """\
description: "Two heads, \\"quoted\\"; ${not} an expression \\u202e 😀"
semantics: torch
inputs: {image: [3, 8, 8], tokens: {shape: [time], dtype: int32, range: [0, 9]}}
layers:
  - name: stem
    from: image
    trainable: false
    layers: [{conv2d: {filters: 4, kernel_size: 3, activation: {leaky_relu: 0.3}}}, batch_norm]
  - {global_average_pool2d: , name: pooled}
  - {embedding: {input_dim: 9, output_dim: 4}, from: tokens}
  - {lstm: {units: 4, return_state: true}, name: memory}
  - {branches: {a: [], b: [{dense: 4}]}, merge: average, from: memory.state_h}
  - {concat: -1, from: [average, pooled]}
  - {branches: {policy: [{dense: {units: 3, activation: softmax}}], value: [dense: 1]}, name: heads}
outputs: {policy: heads.policy, value: heads.value}
train:
  optimizer: {adamw: {learning_rate: 3e-4, weight_decay: 0.01, exclude: [bias, 'batch_norm']}}
  loss: {policy: {sparse_categorical_crossentropy: {label_smoothing: 0.1}}, value: mse}
  loss_weights: {value: 0.5}
  metrics: {policy: [accuracy], value: mae}
deviations: [batch_norm.running_variance]
""",
    "defaults, and what wins over them": """\
defaults:
  all: {kernel_initializer: {random_normal: 0.02}, activation: relu}
  dense: {activation: tanh, use_bias: false}
inputs: {x: [t, 3]}
dims: {t: {min: 5, multiple_of: 2}}
layers: [{conv1d: {filters: 4, kernel_size: 3}}, {dense: 3}, {dense: {units: 2, activation: null}}]
""",
    "expressions": """\
params: {n: 4, w: "${n * 2}", act: leaky_relu, rate: 0.5, lit: "a$${b", on: true}
defaults: {dropout: {rate: "${rate}"}, all: {kernel_initializer: {random_normal: "${rate}"}}}
dims: {time: {max: "${n * 100}"}}
inputs: {a: ["${w}", 8, 3], b: {shape: [time, 3], range: [0, "${n}"]}}
layers:
  - branches:
      l:
        - {conv2d: {filters: "${n}", kernel_size: ["${n - 1}", 3], activation: "${act}"}, from: a}
        - flatten
        - dense: {units: 6, activation: {"leaky_relu": "${rate / 2}"}}
      r: [{lstm: 6, from: b}]
    merge: {concat: "${0 - 1}"}
  - {dense: "${w}", trainable: "${n > 5}"}
  - dropout
  - dense: {units: 3, activation: softmax, kernel_regularizer: {l2: "${rate / 100}"}}
train:
  optimizer: {adam: "${rate / 10}"}
  loss: {categorical_crossentropy: {label_smoothing: "${rate / 5}"}}
  metrics: [accuracy]
  epochs: "${n}"
""",
}


@pytest.mark.parametrize("body", SPECS.values(), ids=SPECS)
def test_a_spec_resolves_to_itself(body: str) -> None:
    check_resolved(compile_spec(loads(HEAD + body)))


def test_a_resolved_spec_takes_other_settings_as_the_spec_does() -> None:
    text = HEAD + SPECS["expressions"]
    given: dict[str, object] = {"n": 6, "rate": 0.25}
    graph = compile_spec(loads(text, set=given))
    resolved = compile_spec(loads(text)).resolved
    assert meaning(compile_spec(loads(resolved, set=given))) == meaning(graph)


def test_a_setting_takes_the_place_of_an_expression() -> None:
    graph = compile_spec(loads(HEAD + SPECS["expressions"], set={"w": 5}))
    data: Any = parse(graph.resolved, "t").root.plain()
    assert data["params"]["w"] == 5
    check_resolved(graph)


def test_a_resolved_spec_keeps_expressions() -> None:
    graph = compile_spec(loads(HEAD + SPECS["expressions"]))
    data: Any = parse(graph.resolved, "t").root.plain()
    conv, _, dense = data["layers"][0]["branches"]["l"]
    assert data["params"]["w"] == "${n * 2}"
    assert data["dims"]["time"]["max"] == "${n * 100}"
    assert data["inputs"]["a"]["shape"] == ["${w}", 8, 3]
    assert conv["conv2d"]["kernel_size"] == ["${n - 1}", 3]
    assert conv["conv2d"]["activation"] == {"leaky_relu": {"negative_slope": 0.2}}
    assert dense["dense"]["activation"] == {
        "leaky_relu": {"negative_slope": "${rate / 2}"}
    }
    assert data["layers"][2] == {"dropout": {"rate": "${rate}"}}
    assert data["train"]["epochs"] == "${n}"


def test_the_digest_is_of_what_the_model_means() -> None:
    def digest(body: str) -> str:
        return compile_spec(loads(HEAD + body)).digest

    short = "inputs: {x: [4]}\nlayers: [dense: 3]\n"
    long = (
        "# said in full\nsemantics: keras\ninputs: {x: {shape: [4], dtype: float32}}\n"
    )
    long += "layers:\n- dense:\n    units: 3\n    use_bias: true\n"
    assert digest(short) == digest(long)
    assert digest(short) != digest(short.replace("3", "5"))
    assert digest(short) != digest("semantics: torch\n" + short)


def test_a_resolved_spec_says_constraints_where_there_are_any() -> None:
    layers = "  - dense: {units: 3, kernel_constraint: {max_norm: 3}, "
    layers += (
        "bias_constraint: null}\n  - dense: {units: 3, bias_constraint: non_neg}\n"
    )
    body = f"inputs: {{x: [4]}}\ndefaults: {{dense: {{bias_constraint: unit_norm}}}}\nlayers:\n{layers}"
    graph = compile_spec(loads(HEAD + body))
    check_resolved(graph)
    data: Any = parse(graph.resolved, "t").root.plain()
    first, second = (layer["dense"] for layer in data["layers"])
    assert first["kernel_constraint"] == {"max_norm": {"max_value": 3.0, "axis": 0}}
    assert "bias_constraint" not in first
    assert "kernel_constraint" not in second
    assert second["bias_constraint"] == "non_neg"

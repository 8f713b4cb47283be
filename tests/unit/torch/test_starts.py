"""How the weights of blocks start, where instances start differently."""

from __future__ import annotations

from types import ModuleType

import pytest
import torch

from specgraph.load import compile_spec, loads, plan_for

HEAD = "specgraph: 1\nname: model\ninputs: {x: [4]}\n"
REPEATED = """
layers:
  - dense: {units: 4, kernel_initializer: ones}
  - dense: {units: 4, bias_initializer: ones}
    repeat: 3
    name: deep
"""
BY_ARGUMENT = """
blocks:
  scaled:
    params: {std: float, wide: bool}
    layers:
      - dense: {units: 4, bias_initializer: {constant: "${std}"}}
        name: first
      - dense: {units: 4, bias_initializer: {constant: "${2 * std}"}}
        name: second
        when: ${wide}
layers:
  - scaled: {std: 0.5, wide: true}
  - scaled: {std: 0.25, wide: false}
  - dense: {units: 4, bias_initializer: ones}
  - dense: {units: "${i + 4}", bias_initializer: {constant: "${i}"}}
    repeat: {times: 3, as: i}
    name: deep
"""


def model_of(text: str) -> torch.nn.Module:
    """The torch model of a spec."""
    plan = plan_for(compile_spec(loads(HEAD + text)), "torch")
    module = ModuleType("model")
    exec(compile(plan.files["model.py"], "model.py", "exec"), module.__dict__)
    made: torch.nn.Module = getattr(module, plan.entry)()
    return made


def test_a_repeated_layer_starts_as_it_says_beside_another_of_its_class() -> None:
    weights = model_of(REPEATED).state_dict()
    assert [float(weights[f"deep.{i}.bias"].sum()) for i in range(3)] == [4.0] * 3
    assert float(weights["dense.weight"].sum()) == 16.0


@pytest.mark.parametrize(
    ("key", "each"),
    [
        ("scaled.first.bias", 0.5),
        ("scaled.second.bias", 1.0),
        ("scaled_2.first.bias", 0.25),
        ("deep.0.bias", 0.0),
        ("deep.2.bias", 2.0),
    ],
)
def test_layers_of_a_block_start_as_their_arguments_say(key: str, each: float) -> None:
    found = {
        name.replace(".layer", ""): tensor
        for name, tensor in model_of(BY_ARGUMENT).state_dict().items()
    }
    assert key in found, list(found)
    assert set(found[key].tolist()) == {each}


def test_a_block_starts_as_it_says_where_the_model_around_starts_otherwise() -> None:
    weights = model_of(
        "blocks:\n"
        "  hidden:\n"
        "    layers:\n"
        "      - dense: {units: 4, bias_initializer: ones}\n"
        "layers:\n"
        "  - hidden\n"
        "  - dense: {units: 4, kernel_initializer: ones}\n"
    ).state_dict()
    assert float(weights["hidden.dense.bias"].sum()) == 4.0
    assert float(weights["dense.weight"].sum()) == 16.0

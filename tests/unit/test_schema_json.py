"""The JSON Schema accepts what the language does, and refuses what an editor can see."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from specgraph.ops import OPS
from specgraph.ops.base import Op, Sample
from specgraph.samples import sample_data
from specgraph.schema_json import language_schema

ROOT = Path(__file__).parents[2]
SPECS = [
    *(path for path in (ROOT / "specs").rglob("*.yaml") if path.parent.name != "maps"),
    *(ROOT / "cli").rglob("templates/*.yaml"),
]
SAMPLES = [(op, sample) for op in OPS for sample in op.samples]


class CoreLoader(yaml.SafeLoader):
    """Reads `1e-3` as a number, as YAML 1.2 has it and PyYAML has not."""


CoreLoader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"[-+]?\d+(\.\d*)?[eE][-+]?\d+"),
    "-+0123456789",
)
GOOD = """\
specgraph: 1
name: good
inputs: {x: [4]}
layers:
"""
WRONG = {
    "unknown key": GOOD + "  - dense: 3\nlayer: []\n",
    "no layers": GOOD + "  []\n",
    "unknown op": GOOD + "  - danse: 3\n",
    "unknown op without attributes": GOOD + "  - danse\n",
    "unknown attribute": GOOD + "  - dense: {unit: 3}\n",
    "wrong type": GOOD + "  - dense: many\n",
    "below the least": GOOD + "  - dense: 0\n",
    "two calls in a layer": GOOD + "  - dense: 3\n    relu:\n",
    "unknown activation": GOOD + "  - dense: {units: 3, activation: rellu}\n",
    "an op that is no activation": GOOD + "  - dense: {units: 3, activation: dense}\n",
    "unknown initializer": GOOD + "  - dense: {units: 3, bias_initializer: one}\n",
    "merge without branches": GOOD + "  - dense: 3\n    merge: add\n",
    "unknown loss": GOOD + "  - dense: 3\ntrain: {optimizer: adam, loss: msee}\n",
    "unknown optimizer": GOOD + "  - dense: 3\ntrain: {optimizer: adm, loss: mse}\n",
    "optimizer without a loss": GOOD + "  - dense: 3\ntrain: {optimizer: adam}\n",
    "wrong version": GOOD.replace("specgraph: 1", "specgraph: 2") + "  - dense: 3\n",
    "name of another kind": GOOD.replace("good", "1st") + "  - dense: 3\n",
    "a loop without layers": GOOD + "  - for: {n: [1]}\n",
    "a repeat below nothing": GOOD + "  - {dense: 3, repeat: -1}\n",
    "a block without layers": GOOD + "  - dense: 3\nblocks: {b: {inputs: [x]}}\n",
    "a parameter of no type": GOOD
    + "  - dense: 3\nblocks: {b: {params: {n: integer}, layers: []}}\n",
    "an attribute inside a block": GOOD
    + "  - b\nblocks: {b: {layers: [dense: {unit: 3}]}}\n",
    "no name and no blocks": "specgraph: 1\nparams: {n: 3}\n",
    "zero dimension": GOOD.replace("[4]", "[0]") + "  - dense: 3\n",
    "unknown dtype": GOOD.replace("[4]", "{shape: [4], dtype: f32}") + "  - dense: 3\n",
}


@cache
def validator() -> Draft202012Validator:
    """A validator of specs."""
    schema = language_schema()
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def problems(data: Any) -> list[str]:
    """What the schema says of a spec."""
    return [error.message for error in validator().iter_errors(data)]


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_real_specs_are_accepted(path: Path) -> None:
    assert problems(yaml.load(path.read_text(), Loader=CoreLoader)) == []


@pytest.mark.parametrize(
    ("op", "sample"), SAMPLES, ids=[f"{op.label}-{s.name}" for op, s in SAMPLES]
)
def test_every_sample_of_every_op_is_accepted(op: type[Op], sample: Sample) -> None:
    assert problems(sample_data(op, sample, "sample", "tried")) == []


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG)
def test_wrong_specs_are_refused(text: str) -> None:
    assert problems(yaml.safe_load(text))


def test_what_defaults_hold_may_be_left_out() -> None:
    defaults = "defaults: {conv2d: {kernel_size: 3}, dense: {units: 2}}\n"
    assert (
        problems(yaml.safe_load(GOOD + "  - conv2d: 8\n  - dense\n" + defaults)) == []
    )


def test_expressions_may_stand_for_any_attribute() -> None:
    text = GOOD + '  - dense: {units: "${n}", use_bias: "${n > 1}"}\n'
    assert problems(yaml.safe_load(text)) == []


def test_ops_and_attributes_carry_their_descriptions() -> None:
    schema = language_schema()
    layer = schema["$defs"]["layer"]["anyOf"][1]["properties"]
    assert layer["dense"]["description"]
    attributes = schema["$defs"]["op.dense"]["anyOf"][0]["properties"]
    assert attributes["units"]["description"]


HIERARCHY = """\
specgraph: 1
name: good
include: [low.yaml]
params: {widths: [4, 8], depths: [1, 2], deep: true}
variants: {deep: {depths: [3, 4]}}
blocks:
  pair:
    description: Two layers.
    params: {units: int, act: {type: str, default: relu, choices: [relu, tanh]}}
    inputs: [x, mask]
    layers:
      - {dense: "${units}", from: x, name: body}
      - {from_library: 3, when: "${x.channels != units}"}
      - {add: , from: [body, mask], trainable: "${units > 3}"}
    outputs: {wide: add, narrow: body}
  same: {layers: []}
inputs: {x: [4]}
layers:
  - same
  - {for: {w: "${widths}", d: [1, 2]}, name: stage, layers: [{pair: "${w}", repeat: "${d}"}]}
  - {dense: 3, repeat: {times: 2, as: i}, name: s}
  - {branches: {for: {n: [1, 2]}, layers: [{dense: "${n}"}, pair]}, merge: concat}
  - {concat: , from: [concat, s.output.all]}
  - {dense: 4, share: pair.body}
  - {dense: 4, tie: {kernel: dense.kernel}}
"""
LIBRARY = "params: {k: 3}\nblocks: {low: {layers: [dense: '${k}']}}\n"


@pytest.mark.parametrize("text", [HIERARCHY, LIBRARY])
def test_blocks_loops_and_libraries_are_accepted(text: str) -> None:
    assert problems(yaml.safe_load(text)) == []

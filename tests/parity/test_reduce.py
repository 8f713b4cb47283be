"""A failing spec shrinks to the smallest that fails in the same way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from specgraph.diagnostics import SpecError
from specgraph.load import compile_spec, loads
from specgraph.parity.checks import CHECKS
from specgraph.parity.pool import Pool
from specgraph.parity.reduce import Reducer, raised, shrunk
from specgraph.parity.trial import Settings, Team
from specgraph.plugins import find_backend
from specgraph.spec.dump import dump
from specgraph.testing.bugs.seeded import Edit, Mutant, MutatedBackend

SPEC = """
specgraph: 1
name: whole
description: Much that has nothing to do with it.
params: {width: 8}
inputs: {image: [9, 9, 3], other: [4]}
blocks:
  unit:
    params: {filters: int}
    layers:
      - conv2d: {filters: "${filters}", kernel_size: 3, padding: same, activation: relu}
      - batch_norm: {epsilon: 0.01}
      - max_pool2d: 2
layers:
  - unit: {filters: "${width}"}
    from: image
  - unit: {filters: 16}
  - flatten
  - dense: {units: 6, activation: tanh}
    name: left
  - dense: {units: 6, activation: gelu}
    from: other
  - add
    from: [dense, left]
  - dense: 2
outputs: {answer: dense_2}
train: {optimizer: adam, loss: mse}
""".replace("  - add\n    from", "  - add: {}\n    from")


def holds(data: dict[str, Any], label: str) -> bool:
    try:
        graph = compile_spec(loads(dump(data)))
    except SpecError:
        return False
    return any(label in f"{node.op.label} {node.op!r}" for node in graph.walk())


def test_only_what_is_needed_is_left() -> None:
    start = yaml.safe_load(SPEC)
    found = Reducer(lambda data: holds(data, "Gelu(")).smallest(start)
    graph = compile_spec(loads(dump(found)))
    assert [node.op.label for node in graph.walk()] == ["dense"]
    assert len(dump(found).splitlines()) < 8
    assert found.keys() == {"specgraph", "name", "inputs", "layers"}


def test_layers_in_blocks_are_reached() -> None:
    found = Reducer(lambda data: holds(data, "max_pool2d")).smallest(
        yaml.safe_load(SPEC)
    )
    assert found["layers"] == [{"max_pool2d": 1}] or len(found["layers"]) == 1
    assert "blocks" not in found


def test_a_bug_is_reduced_to_the_layer_that_has_it(pool: Pool, tmp_path: Path) -> None:
    text = "eps=0.01"
    mutant = Mutant("", "", "", "torch", "", (Edit(text, "eps=0.02"),))
    team = Team({"torch": MutatedBackend(find_backend("torch"), mutant)}, {})
    settings = Settings(frozenset(CHECKS), ("float64",), 1, 0)
    found = shrunk([yaml.safe_load(SPEC)], "whole.yaml", team, settings, pool)
    assert found is not None
    assert str(found.way) == "semantics of torch: batch_norm"
    assert found.after < 10 < found.before
    path = tmp_path / "smallest.yaml"
    path.write_text(found.text)
    (layer,) = yaml.safe_load(found.text)["layers"]
    assert layer == {"batch_norm": {"epsilon": 0.01}}
    assert found.text.startswith("# fails as whole.yaml does: semantics of torch")
    assert "specgraph parity THIS.yaml --backends torch" in found.text


def test_a_spec_that_passes_is_not_reduced(pool: Pool) -> None:
    team = Team({"torch": find_backend("torch")}, {})
    settings = Settings(frozenset({"structure", "outputs"}), ("float64",), 1, 0)
    data = {"specgraph": 1, "name": "m", "inputs": {"x": [3]}, "layers": ["relu"]}
    assert shrunk([data], "m.yaml", team, settings, pool) is None


def test_what_is_raised_is_known_again_without_its_names() -> None:
    one = raised(
        "Traceback (most recent call last):\n  a\nValueError: no layer 'dense_1'"
    )
    other = raised("ValueError: no layer 'dense_7'\nmodel.py:3: x")
    assert one == other == "ValueError: no layer ..."

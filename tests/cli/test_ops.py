"""`specgraph ops`, `op`, `backends` and `schema`: what there is."""

from __future__ import annotations

import json

import pytest

from specgraph.ops import OPS
from tests.cli.conftest import Run

BACKENDS = ["torch", "keras", "tensorflow"]


def test_ops_lists_every_op(run: Run) -> None:
    told = json.loads(run("ops", "--format", "json").out)
    assert [one["name"] for one in told] == [op.label for op in OPS]
    lines = run("ops").out.splitlines()
    assert len(lines) == len(told) + 1


def test_op_tells_everything_about_an_op(run: Run) -> None:
    told = json.loads(run("op", "conv2d", "--format", "json").out)
    assert told["leading"] == "filters"
    attributes = {one["name"]: one for one in told["attributes"]}
    assert attributes["strides"]["takes"] == "int ≥ 1 or a list of int ≥ 1"
    assert attributes["kernel_initializer"]["default"]["keras"] == "glorot_uniform"
    assert "variance_scaling" in attributes["kernel_initializer"]["default"]["torch"]
    assert told["reference"]["place"].startswith("specgraph/reference/conv.py:")
    assert list(told["backends"]) == BACKENDS
    assert "def " in told["backends"]["torch"]["rule"]["text"]


@pytest.mark.parametrize("name", [op.label for op in OPS])
def test_every_op_can_be_told(run: Run, name: str) -> None:
    done = run("op", name)
    assert done.status == 0
    assert done.out.startswith(f"\n{name}\n")


def test_an_unknown_op_is_wrong_usage_with_the_near_one(run: Run) -> None:
    done = run("op", "conv2dd")
    assert done.status == 2
    assert "did you mean 'conv2d'?" in done.err


def test_backends_names_what_each_needs(run: Run) -> None:
    told = {
        one["name"]: one for one in json.loads(run("backends", "--format", "json").out)
    }
    assert list(told) == BACKENDS
    assert list(told["torch"]["requires"]) == ["torch"]


def test_schema_is_json(run: Run) -> None:
    assert json.loads(run("schema").out)["title"] == "specgraph model spec"

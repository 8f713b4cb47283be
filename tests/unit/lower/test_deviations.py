"""Declared deviations keep a framework's own way, and nothing else changes."""

from __future__ import annotations

import pytest

from specgraph.backend import Backend
from specgraph.diagnostics import SpecError
from specgraph.load import compile_spec, loads, plan_for
from specgraph.lower.deviations import DEVIATIONS, deviate
from specgraph.ops.norm import BatchNorm
from specgraph.plugins import find_backend
from specgraph.spec import schema
from specgraph.training.optimizers import Adam

SPEC = """\
specgraph: 1
name: declared
inputs: {image: [6, 6, 3]}
layers:
  - layers:
      - conv2d: {filters: 4, kernel_size: 3}
      - batch_norm
  - flatten
  - dense: {units: 3, activation: softmax}
train: {optimizer: adam, loss: categorical_crossentropy}
"""
DECLARED = SPEC + "deviations: [batch_norm.running_variance, adam.epsilon_placement]\n"


def test_the_table_and_the_language_know_the_same_deviations() -> None:
    assert tuple(DEVIATIONS) == schema.DEVIATIONS


@pytest.mark.parametrize(
    ("backend", "variance", "placement"),
    [("torch", "unbiased", "corrected"), ("keras", "biased", "uncorrected")],
)
def test_each_backend_computes_its_native_values(
    backend: str, variance: str, placement: str
) -> None:
    graph = deviate(compile_spec(loads(DECLARED)), backend)
    (norm,) = (n.op for n in graph.walk() if isinstance(n.op, BatchNorm))
    assert norm.running_variance == variance
    assert graph.training is not None
    assert isinstance(graph.training.optimizer, Adam)
    assert graph.training.optimizer.epsilon_placement == placement


def test_a_graph_without_deviations_is_left_alone() -> None:
    graph = compile_spec(loads(SPEC))
    assert deviate(graph, "torch") is graph


def test_a_declared_deviation_replaces_the_helper_and_is_named_in_the_docstring() -> (
    None
):
    exact = plan_for(compile_spec(loads(SPEC)), "torch").files["model.py"]
    native = plan_for(compile_spec(loads(DECLARED)), "torch").files["model.py"]
    assert "class BatchNorm2d(" in exact
    assert "class BatchNorm2d(" not in native
    listed = "Deviations: batch_norm.running_variance, adam.epsilon_placement"
    assert listed in native
    assert "Deviations:" not in exact


def test_an_unknown_deviation_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(SpecError) as error:
        compile_spec(loads(SPEC + "deviations: [batch_norm.runing_variance]\n"))
    (found,) = error.value.diagnostics
    assert found.code == "unknown-deviation"
    assert found.at is not None
    assert found.at.line == 11
    assert "batch_norm.running_variance" in found.hint


def test_backends_of_ours_are_all_in_the_table() -> None:
    for name in ("torch", "keras", "tensorflow"):
        backend: Backend = find_backend(name)
        assert all(backend.name in native for native in DEVIATIONS.values())

"""The weights of every op's samples go to every backend and back byte for byte."""

from __future__ import annotations

import pytest

from specgraph.diagnostics import SpecError
from specgraph.plugins import find_backend
from specgraph.testing.samples import all_samples
from specgraph.weights.slots import (
    all_from_framework,
    all_to_framework,
    framework_shapes,
)
from tests.unit.weights.models import numbers, same


@pytest.mark.parametrize("backend", ["torch", "keras", "tensorflow"])
def test_weights_of_samples_come_back(backend: str) -> None:
    tried = 0
    for case in all_samples():
        graph = case.graph()
        if not graph.parameters():
            continue
        try:
            plan = find_backend(backend).plan(graph)
        except SpecError as gap:
            # What a backend cannot build is written down elsewhere.
            assert {d.code for d in gap.diagnostics} == {"unsupported-op"}
            continue
        before = numbers(graph)
        there = all_to_framework(plan, before)
        shapes = {key: array.shape for key, array in there.items()}
        assert shapes == framework_shapes(plan), str(case)
        assert same(all_from_framework(plan, there), before), str(case)
        tried += 1
    assert tried > 50

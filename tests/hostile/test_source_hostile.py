"""Hostile YAML is refused by the reader with a code and a place, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from specgraph.diagnostics import SpecError
from specgraph.spec import source
from specgraph.spec.expr import ExprError, interpolate
from specgraph.spec.nodes import Mapping, Scalar, Sequence
from tests.hostile.corpus import CASES, HostileCase

OF_SOURCE = [case for case in CASES if case.level == "source"]
OF_EXPRESSIONS = [case for case in CASES if case.level == "expression"]


def _named(case: HostileCase) -> str:
    return case.name


def test_every_case_has_a_name_of_its_own() -> None:
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("case", OF_SOURCE, ids=_named)
def test_a_hostile_file_is_refused_with_its_code(
    case: HostileCase, tmp_path: Path
) -> None:
    path = tmp_path / "hostile.yaml"
    path.write_bytes(case.content())
    with pytest.raises(SpecError) as caught:
        source.read(path)
    codes = {found.code for found in caught.value.diagnostics}
    assert codes <= {case.code, "too-many-problems"}
    for found in caught.value.diagnostics:
        if found.code == case.code:
            assert found.at and found.at.file == str(path)
    assert len(str(caught.value)) < 100_000


@pytest.mark.parametrize("case", OF_EXPRESSIONS, ids=_named)
def test_a_hostile_expression_is_read_and_then_refused(case: HostileCase) -> None:
    root = source.parse(case.content(), "hostile.yaml").root
    assert isinstance(root, Mapping)
    layers = root.items["layers"]
    assert isinstance(layers, Sequence)
    (layer,) = layers.items
    assert isinstance(layer, Mapping)
    text = layer.items["dense"]
    assert isinstance(text, Scalar)
    with pytest.raises(ExprError):
        interpolate(text.text, {})

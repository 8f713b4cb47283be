"""Random good specs build everywhere; damaged ones are refused, and nothing more."""

from __future__ import annotations

import ast
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, assume, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from specgraph.diagnostics import SpecError
from specgraph.load import compile_spec, loads, plan_for
from specgraph.spec.dump import dump
from specgraph.testing.edits.places import places, texts
from specgraph.testing.generate import specs
from specgraph.testing.mutate import damaged, garbled
from specgraph.testing.projects import Project, projects
from specgraph.testing.sight import Data
from specgraph.testing.suite import gap

BACKENDS = ("torch", "keras", "tensorflow")
RUFF = str(Path(sys.executable).with_name("ruff"))


SAME = "PLR0124"
"""A spec may well compare a value with itself."""


def examples(count: int) -> settings:
    return settings(
        max_examples=count,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )


@examples(30)
@given(specs())
def test_a_random_spec_builds_in_every_backend(data: Data) -> None:
    graph = compile_spec(loads(dump(data)))
    assume(not any(gap(backend, graph) for backend in BACKENDS))
    again = compile_spec(loads(f"semantics: torch\n{graph.resolved}"))
    assert again.resolved == graph.resolved
    with tempfile.TemporaryDirectory() as folder:
        for backend in BACKENDS:
            inner = Path(folder) / f"{backend}_files"
            inner.mkdir()
            for name, text in plan_for(graph, backend).files.items():
                ast.parse(text)
                (inner / name).write_text(text, encoding="utf-8")
        for command in ("format --diff", f"check --ignore {SAME}"):
            check = [RUFF, *command.split(), "--isolated", "--no-cache", "-q", "."]
            found = subprocess.run(check, cwd=folder, capture_output=True, text=True)
            assert found.returncode == 0, found.stdout


CONSTRUCTS: dict[str, Callable[[Project], bool]] = {
    "include": lambda project: bool(project.libraries),
    "variants": lambda project: len(project.variants) > 1,
    "share": lambda project: _is_said(project, "share"),
    "tie": lambda project: _is_said(project, "tie"),
    "a loop whose turns differ": lambda project: any(
        f"{{{name} " in text or f" {name}" in text
        for place in places(project.spec)
        for name in place.variables
        for text in texts(place.layer)
        if text.startswith("${")
    ),
    "when by a parameter of a block": lambda project: any(
        "flag" in str(place.layer.get("when"))
        for place in places(project.spec)
        if place.block is not None
    ),
    "a block that calls a block": lambda project: any(
        place.call in project.spec["blocks"]
        for place in places(project.spec)
        if place.block is not None
    ),
    "a block of several inputs": lambda project: any(
        len(block.get("inputs", ())) > 1
        for block in project.spec.get("blocks", {}).values()
    ),
    "a block of several outputs": lambda project: any(
        "outputs" in block for block in project.spec.get("blocks", {}).values()
    ),
}


@pytest.mark.parametrize("construct", CONSTRUCTS.values(), ids=list(CONSTRUCTS))
def test_random_specs_have_every_construct(
    construct: Callable[[Project], bool],
) -> None:
    try:
        find(
            projects(),
            construct,
            settings=settings(examples(10000), database=None, phases=[Phase.generate]),
        )
    except NoSuchExample:
        pytest.fail("no random spec has it")


def _is_said(project: Project, word: str) -> bool:
    return any(word in place.layer for place in places(project.spec))


@examples(150)
@given(specs().flatmap(damaged))
def test_a_damaged_spec_raises_only_spec_errors(data: Data) -> None:
    _read(dump(data))


@examples(100)
@given(specs().flatmap(garbled))
def test_a_garbled_text_raises_only_spec_errors(text: str) -> None:
    _read(text)


@examples(50)
@given(specs(), st.data())
def test_two_specs_mixed_raise_only_spec_errors(
    data: Data, more: st.DataObject
) -> None:
    other = more.draw(specs())
    key = more.draw(st.sampled_from(sorted(other)))
    _read(dump({**data, key: other[key]}))


def _read(text: str) -> None:
    try:
        graph = compile_spec(loads(text))
        for backend in ("torch", "keras"):
            plan_for(graph, backend)
    except SpecError as error:
        assert error.diagnostics
        str(error)

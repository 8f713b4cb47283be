"""Which specs a project has."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from specgraph.project import ProjectError, find_specs


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A folder of specs, and of what is none."""
    for name in ("specs/b.yaml", "specs/a.yml", "specs/x/c.yaml", "models/d.yaml"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    for name in ("specs/notes.txt", "specs/.hidden.yaml", "specs/.git/e.yaml"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    return tmp_path


def test_a_folder_means_all_specs_below_it_in_order(base: Path) -> None:
    assert find_specs(["specs"], base) == [
        "specs/a.yml",
        "specs/b.yaml",
        "specs/x/c.yaml",
    ]


def test_a_file_is_taken_whatever_its_ending(base: Path) -> None:
    assert find_specs(["specs/notes.txt"], base) == ["specs/notes.txt"]


def test_a_spec_named_twice_comes_once(base: Path) -> None:
    named = ["specs/x/c.yaml", "specs/x", "specs/../specs/x/c.yaml"]
    assert find_specs(named, base) == ["specs/x/c.yaml"]


def test_without_settings_the_folder_specs_is_meant(base: Path) -> None:
    assert len(find_specs([], base)) == 3


@pytest.mark.parametrize("written", ['"models"', '["models"]', '["models/d.yaml"]'])
def test_pyproject_names_specs_by_path_or_paths(base: Path, written: str) -> None:
    (base / "pyproject.toml").write_text(f"[tool.specgraph]\nspecs = {written}\n")
    assert find_specs([], base) == ["models/d.yaml"]


def test_pyproject_of_a_folder_above_is_found(base: Path) -> None:
    (base / "pyproject.toml").write_text('[tool.specgraph]\nspecs = "models"\n')
    found = find_specs([], base / "specs/x")
    assert found == [os.path.join("..", "..", "models", "d.yaml")]


def test_pyproject_without_the_setting_says_nothing(base: Path) -> None:
    (base / "pyproject.toml").write_text("[tool.other]\nx = 1\n")
    assert len(find_specs([], base)) == 3


@pytest.mark.parametrize("written", ["3", "[]", "[1]", "{a = 1}"])
def test_settings_of_another_type_are_refused(base: Path, written: str) -> None:
    (base / "pyproject.toml").write_text(f"[tool.specgraph]\nspecs = {written}\n")
    with pytest.raises(ProjectError, match="must be a path or a list of paths"):
        find_specs([], base)


def test_a_pyproject_that_is_no_toml_is_refused(base: Path) -> None:
    (base / "pyproject.toml").write_text("[tool")
    with pytest.raises(ProjectError, match="cannot be read"):
        find_specs([], base)


def test_a_path_that_is_not_there_is_named(base: Path) -> None:
    with pytest.raises(ProjectError, match=r"'specs/z\.yaml'"):
        find_specs(["specs/z.yaml"], base)

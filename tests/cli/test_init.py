"""`specgraph init`: specs to start from."""

from __future__ import annotations

from pathlib import Path

import pytest

from specgraph_cli.init import templates
from tests.cli.conftest import Run


@pytest.mark.parametrize("template", templates())
def test_every_template_is_a_spec_that_builds(
    run: Run, project: Path, template: str
) -> None:
    done = run("init", "models/mine.yaml", "--template", template)
    assert done.status == 0
    assert "name: mine\n" in Path("models/mine.yaml").read_text()
    assert run("build", "models/mine.yaml", "--backend", "all").status == 0


def test_without_a_path_it_writes_into_the_projects_specs(
    run: Run, project: Path
) -> None:
    assert run("init", "--template", "lstm").status == 0
    assert run("check", "specs/lstm.yaml").status == 0


def test_it_never_writes_over_a_file(run: Run, project: Path) -> None:
    before = Path("specs/one.yaml").read_text()
    done = run("init", "specs/one.yaml")
    assert done.status == 1
    assert Path("specs/one.yaml").read_text() == before


@pytest.mark.parametrize("path", ["class.yaml", "a-b.yaml", "one.txt", ".yaml", "x"])
def test_a_file_whose_name_no_model_can_have_is_wrong_usage(
    run: Run, project: Path, path: str
) -> None:
    assert run("init", path).status == 2
    assert not Path(path).exists()


def test_an_unknown_template_is_wrong_usage_with_the_near_one(
    run: Run, project: Path
) -> None:
    done = run("init", "new.yaml", "--template", "lsmt")
    assert done.status == 2
    assert "did you mean lstm?" in done.err


def test_it_lists_the_templates(run: Run, project: Path) -> None:
    done = run("init", "--list")
    assert all(name in done.out for name in templates())
    assert not (project / "specs/cnn.yaml").exists()

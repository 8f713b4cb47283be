"""`specgraph check`: which specs it looks at, what it says, how it exits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import MLP, Run


def test_without_arguments_it_checks_every_spec_of_the_project(
    run: Run, project: Path
) -> None:
    done = run("check")
    assert done.status == 0
    assert done.out.splitlines() == [
        "specs/one.yaml: ok (195 parameters)",
        "specs/inner/two.yaml: ok (195 parameters)",
    ]


def test_a_refused_spec_is_told_with_places_hints_and_status_1(
    run: Run, project: Path
) -> None:
    done = run("check", "broken.yaml")
    assert (done.status, done.out) == (1, "")
    assert "broken.yaml:6:5: error[unknown-op]: unknown op 'danse'" in done.err
    assert "did you mean 'dense'?" in done.err
    assert "broken.yaml:7:13: error[unknown-attribute]" in done.err
    assert "did you mean 'units'?" in done.err
    assert done.err.endswith("2 problems\n")


def test_problems_of_several_specs_are_told_together(run: Run, project: Path) -> None:
    (project / "worse.yaml").write_text("specgraph: 1\nname: class\n")
    done = run("check", "broken.yaml", "specs", "worse.yaml")
    assert done.status == 1
    assert "broken.yaml:6:5" in done.err
    assert "worse.yaml:2:7" in done.err


def test_json_holds_every_problem_as_data(run: Run, project: Path) -> None:
    done = run("check", "broken.yaml", "--format", "json")
    assert (done.status, done.err) == (1, "")
    told = json.loads(done.out)
    assert told["passed"] is False
    first = told["diagnostics"][0]
    assert (first["code"], first["line"], first["column"]) == ("unknown-op", 6, 5)
    assert first["file"] == "broken.yaml"


def test_json_of_good_specs_names_them(run: Run, project: Path) -> None:
    done = run("check", "specs/one.yaml", "--format", "json")
    assert done.status == 0
    assert json.loads(done.out) == {
        "passed": True,
        "specs": [{"file": "specs/one.yaml", "name": "one", "variant": ""}],
        "diagnostics": [],
    }


def test_set_replaces_a_parameter_and_is_read_as_yaml(run: Run, project: Path) -> None:
    done = run("check", "specs/one.yaml", "--set", "classes=0x10")
    assert done.out == "specs/one.yaml: ok (312 parameters)\n"


def test_set_refuses_an_unknown_parameter_with_the_near_one(
    run: Run, project: Path
) -> None:
    done = run("check", "specs/one.yaml", "--set", "clases=4")
    assert done.status == 1
    assert "did you mean classes?" in done.err


def test_set_without_a_value_is_wrong_usage(run: Run, project: Path) -> None:
    assert run("check", "--set", "classes").status == 2


def test_set_with_broken_yaml_is_wrong_usage(run: Run, project: Path) -> None:
    assert run("check", "specs/one.yaml", "--set", "classes=[").status == 2


def test_a_missing_file_is_wrong_usage(run: Run, project: Path) -> None:
    done = run("check", "specs/three.yaml")
    assert done.status == 2
    assert "'specs/three.yaml'" in done.err


def test_a_folder_without_specs_is_wrong_usage(run: Run, project: Path) -> None:
    (project / "empty").mkdir()
    assert run("check", "empty").status == 2


def test_a_project_without_specs_is_wrong_usage(
    run: Run, project: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    monkeypatch = pytest.MonkeyPatch()
    with monkeypatch.context() as patched:
        patched.chdir(elsewhere)
        assert run("check").status == 2


def test_pyproject_names_the_specs(run: Run, project: Path) -> None:
    (project / "models").mkdir()
    (project / "models/three.yaml").write_text(MLP.format(name="three"))
    (project / "pyproject.toml").write_text('[tool.specgraph]\nspecs = ["models"]\n')
    assert run("check").out == "models/three.yaml: ok (195 parameters)\n"


def test_a_missing_backend_is_status_3(run: Run, project: Path) -> None:
    done = run("check", "specs/one.yaml", "--backend", "torhc")
    assert done.status == 3
    assert "did you mean 'torch'" in done.err

"""The shell steps of the GitHub Action, run as the runner would run them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
STEPS = {
    step["name"]: step
    for step in yaml.safe_load((ROOT / "action.yml").read_text())["runs"]["steps"]
    if "name" in step
}
GOOD = """\
specgraph: 1
name: tiny
inputs: {x: [5]}
layers:
  - dense: {units: 2}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with one spec."""
    (tmp_path / "tiny.yaml").write_text(GOOD)
    return tmp_path


def ran(name: str, folder: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
    """A step's script in a folder, with the inputs of the action as it reads them."""
    step: dict[str, Any] = STEPS[name]
    values = {"SPECS": "tiny.yaml", "BACKENDS": "torch", "MORE": "", "BASELINE": ""}
    values |= {"REPORTS": str(folder / "reports")} | inputs
    assert step["env"].keys() <= values.keys()
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    files = {
        name: str(folder / name) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")
    }
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        cwd=folder,
        env={**os.environ, **values, **files, "PATH": path},
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_the_check_step_annotates_a_mistake(folder: Path) -> None:
    assert ran("Check", folder).returncode == 0
    (folder / "tiny.yaml").write_text(GOOD.replace("units", "unit"))
    found = ran("Check", folder)
    assert found.returncode == 1
    assert "file=tiny.yaml,line=5,col=13::dense has no attribute" in found.stdout


def test_the_parity_step_leaves_reports_a_summary_and_its_outputs(folder: Path) -> None:
    arguments = "--checks outputs --dtype float64"
    found = ran("Parity", folder, MORE=arguments)
    assert found.returncode == 0, found.stdout + found.stderr
    reports = folder / "reports"
    suffixes = {path.suffix for path in reports.iterdir()}
    assert suffixes == {".json", ".xml", ".md", ".sarif", ".html"}
    assert json.loads((reports / "parity.json").read_text())["passed"]
    summary = (folder / "GITHUB_STEP_SUMMARY").read_text()
    assert summary == (reports / "parity.md").read_text()
    outputs = (folder / "GITHUB_OUTPUT").read_text().splitlines()
    assert outputs == [f"reports={reports}", "passed=true"]


def test_the_parity_step_fails_after_it_has_told_its_outputs(folder: Path) -> None:
    found = ran("Parity", folder, BACKENDS="absent")
    assert found.returncode != 0
    assert "passed=false" in (folder / "GITHUB_OUTPUT").read_text()

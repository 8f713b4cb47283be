"""`specgraph fuzz`: what it says, writes and refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest


def fuzz(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    args = [sys.executable, "-m", "specgraph_cli", "fuzz", *words]
    return subprocess.run(args, cwd=cwd, capture_output=True, text=True)


def test_a_few_specs_of_one_backend(tmp_path: Path) -> None:
    words = ("--backends", "torch", "--count", "4", "--seed", "5", "--format", "json")
    done = fuzz(*words, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert found["passed"] is True
    assert found["specs"] == 4
    assert found["backends"] == ["torch"]
    assert found["failures"] == []
    assert not (tmp_path / "fuzz").exists()


@pytest.mark.parametrize("time", ["0", "ten", "5d", "-1m", ""])
def test_a_time_that_is_none_is_refused(time: str, tmp_path: Path) -> None:
    done = fuzz("--time", time, cwd=tmp_path)
    assert done.returncode == 2
    assert f"--time takes a number with s, m or h, as 10m, got {time!r}" in done.stderr


def test_a_backend_that_is_none_is_refused(tmp_path: Path) -> None:
    done = fuzz("--backends", "tourch", cwd=tmp_path)
    assert done.returncode == 3
    assert "did you mean 'torch'" in done.stderr


def test_what_it_needs_is_said_where_it_is_missing(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['hypothesis'] = None\n"
        "from specgraph_cli.main import main\n"
        "sys.argv = ['specgraph', 'fuzz', '--backends', 'torch']; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 3
    assert "hypothesis is not installed" in done.stderr
    assert "specgraph-compiler[fuzz]" in done.stderr

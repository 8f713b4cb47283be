"""What specs become, byte for byte; `python -m tests.golden.update` writes it anew."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.golden.update import HERE, emitted, specs

CACHE = HERE.parents[1] / ".mypy_cache" / "golden"
FIRST_PARTY = 'lint.isort.known-first-party = ["model"]'
"""What ruff sees by itself in a folder where train.py stands beside model.py."""
SPECS = specs()


def run(*command: str, cwd: Path = HERE) -> str:
    """What a tool has to say."""
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=cwd, capture_output=True, text=True
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_a_spec_becomes_its_golden_files(spec: Path) -> None:
    given = dict(emitted(spec))
    written = set((HERE / spec.stem).glob("*/*.py"))
    assert written == set(given)
    for path, text in given.items():
        assert path.read_bytes().decode() == text, path


def test_every_golden_file_is_of_a_spec() -> None:
    folders = {path.parents[1].name for path in HERE.glob("*/*/*.py")}
    assert folders == {spec.stem for spec in SPECS}


@pytest.mark.parametrize("command", [["format", "--check"], ["check"]], ids=" ".join)
def test_golden_files_pass_ruff(command: Sequence[str]) -> None:
    folders = [spec.stem for spec in SPECS]
    assert run("ruff", *command, "--isolated", "--config", FIRST_PARTY, *folders) == ""


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_golden_torch_files_pass_mypy(spec: Path) -> None:
    flags = ["--strict", "--untyped-calls-exclude=torch", "--cache-dir", str(CACHE)]
    flags += ["--ignore-missing-imports", "--config-file", ""]
    folder = HERE / spec.stem / "torch"
    assert run("mypy", *flags, "model.py", "train.py", cwd=folder) == ""

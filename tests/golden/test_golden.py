"""What specs become, byte for byte; `python -m tests.golden.update` writes it anew."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.golden.update import HERE, emitted, specs

CACHE = HERE.parents[1] / ".mypy_cache" / "golden"
RULES = "E,F,W,I,B,UP,SIM,RUF,C4,PIE,RET"
"""More rules of ruff than its own defaults; what they find an expert would find too."""
AMBIGUOUS = "RUF001,RUF002,RUF003"
"""Letters that look like others, such as the times sign, are meant."""
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


@pytest.mark.parametrize("inside", [False, True], ids=["from outside", "beside it"])
@pytest.mark.parametrize(
    "command",
    ["format --check", "check", f"check --select {RULES} --ignore {AMBIGUOUS}"],
)
def test_golden_files_pass_ruff(command: str, inside: bool) -> None:
    folders = [path for spec in SPECS for path in (HERE / spec.stem).glob("*/")]
    for folder in folders if inside else [HERE]:
        names = ["."] if inside else [spec.stem for spec in SPECS]
        line = (*command.split(), "--isolated", "--no-cache", *names)
        assert run("ruff", *line, cwd=folder) == "", folder


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_golden_torch_files_pass_mypy(spec: Path) -> None:
    flags = ["--strict", "--untyped-calls-exclude=torch", "--cache-dir", str(CACHE)]
    flags += ["--ignore-missing-imports", "--config-file", ""]
    folder = HERE / spec.stem / "torch"
    files = sorted(path.name for path in folder.glob("*.py"))
    assert run("mypy", *flags, *files, cwd=folder) == ""

"""Runs the command line in this process, and a project for it to run in."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from specgraph_cli.main import main

MLP = """\
specgraph: 1
name: {name}
params: {{classes: 3}}
inputs:
  features: [20]
layers:
  - dense: {{units: 8, activation: relu}}
  - dense: {{units: "${{classes}}", activation: softmax}}
"""
BROKEN = """\
specgraph: 1
name: broken
inputs:
  features: [20]
layers:
  - danse: 8
  - dense: {unit: 3}
"""


@dataclass(frozen=True, slots=True)
class Done:
    """A command that has run."""

    status: int
    out: str
    err: str


Run = Callable[..., Done]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `specgraph` with some arguments; nothing but an exit comes out of it."""

    def run(*arguments: str) -> Done:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["specgraph", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        assert "Traceback" not in printed.err
        return Done(int(ended.value.code or 0), printed.out, printed.err)

    return run


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: a project with two specs, one in a folder of its own."""
    (tmp_path / "specs/inner").mkdir(parents=True)
    (tmp_path / "specs/one.yaml").write_text(MLP.format(name="one"))
    (tmp_path / "specs/inner/two.yaml").write_text(MLP.format(name="two"))
    (tmp_path / "broken.yaml").write_text(BROKEN)
    monkeypatch.chdir(tmp_path)
    return tmp_path

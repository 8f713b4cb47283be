"""A build that is killed leaves the old files or the new ones."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

SPEC = """\
specgraph: 1
name: model
inputs: {{x: [4]}}
layers:
  - dense: {units}
    repeat: 40
train: {{optimizer: adam, loss: mse}}
"""
KILLS = 25


def build(folder: Path, *, wait: float | None = None) -> None:
    """Builds the spec of a folder; with `wait`, kills the build after so many seconds."""
    command = [sys.executable, "-m", "specgraph_cli", "build", "model.yaml"]
    command += ["--backend", "torch", "--backend", "keras", "--out", "out"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL) as process:
        if wait is not None:
            time.sleep(wait)
            process.send_signal(signal.SIGKILL)


def files(folder: Path) -> dict[str, str]:
    """What was built, by path; what a build keeps aside is not."""
    return {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*.py"))
        if not any(part.startswith(".") for part in path.relative_to(folder).parts)
    }


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")
def test_every_file_is_an_old_one_or_a_new_one(tmp_path: Path) -> None:
    spec, out = tmp_path / "model.yaml", tmp_path / "out"
    wanted = []
    for units in (4, 5):
        spec.write_text(SPEC.format(units=units))
        start = time.perf_counter()
        build(tmp_path)
        lasts = time.perf_counter() - start
        wanted.append(files(out))
    old, new = wanted
    assert old.keys() == new.keys() and len(old) == 4
    rng = random.Random(0)
    for _ in range(KILLS):
        shutil.rmtree(out)
        for name, text in old.items():
            path = out / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        build(tmp_path, wait=rng.uniform(0.6, 1.05) * lasts)
        for name, text in files(out).items():
            assert text in (old[name], new[name]), name
        assert files(out).keys() == old.keys()

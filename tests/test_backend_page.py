"""The page on backends: its code is installed as it stands, and passes what it says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[1] / "docs" / "backend.md"
SPEC = """
specgraph: 1
name: small
inputs: {x: [3, 4]}
layers:
  - flatten
  - dense: {units: 5, activation: tanh}
    name: first
  - dense: {units: 5, activation: relu}
  - add: {}
    from: [dense, first]
  - dense: {units: 2, activation: sigmoid}
"""


def blocks() -> dict[str, str]:
    """The files of the page, by their names."""
    text = PAGE.read_text(encoding="utf-8")
    found = re.findall(r"```(?:python|toml)\n# (\S+)\n(.*?)```", text, re.DOTALL)
    return dict(found)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the package, with the entry point that its project says."""
    folder = tmp_path_factory.mktemp("site")
    files = blocks()
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    info = folder / "specgraph_plain-0.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: specgraph-plain\nVersion: 0.1\n"
    )
    group = re.search(r'entry-points\."(.*?)"\]\n(.*)', files["pyproject.toml"])
    assert group is not None
    point = group[2].replace('"', "")
    (info / "entry_points.txt").write_text(f"[{group[1]}]\n{point}\n")
    (folder / "small.yaml").write_text(SPEC)
    return folder


def run(installed: Path, *words: str) -> subprocess.CompletedProcess[str]:
    paths = [str(installed), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    environment["PYTHONDONTWRITEBYTECODE"] = (
        "1"  # a test changes a file within a second
    )
    return subprocess.run(
        [sys.executable, "-m", *words],
        cwd=installed,
        env=environment,
        capture_output=True,
        text=True,
    )


def test_it_is_short() -> None:
    code = [
        line
        for name, text in blocks().items()
        if name.endswith(".py")
        for line in text.splitlines()
        if line.strip() and not line.strip().startswith(("#", '"""'))
    ]
    assert len(code) < 150


def test_it_passes_the_conformance_suite(installed: Path) -> None:
    chosen = "dense or relu or tanh or sigmoid or flatten or add"
    suite = (
        "--pyargs specgraph.testing --specgraph-backend plain -q -p no:cacheprovider"
    )
    done = run(installed, "pytest", *suite.split(), "-k", chosen)
    assert done.returncode == 0, done.stdout[-3000:]
    counts = re.search(r"(\d+) passed", done.stdout)
    assert counts is not None and int(counts[1]) >= 12, done.stdout[-300:]


def test_it_agrees_with_torch(installed: Path) -> None:
    words = "specgraph_cli parity small.yaml --backends plain,torch --dtype float64"
    done = run(installed, *words.split())
    assert done.returncode == 0, done.stdout
    assert "plain/reference" in done.stdout
    assert "gradients  float64" in done.stdout


def test_a_wrong_rule_is_named(installed: Path) -> None:
    path = installed / "plain" / "__init__.py"
    right = path.read_text()
    path.write_text(
        right.replace('binary(result, "+", weight', 'binary(result, "-", weight')
    )
    try:
        words = (
            "specgraph_cli parity small.yaml --backends plain --dtype float64 --explain"
        )
        done = run(installed, *words.split())
    finally:
        path.write_text(right)
    assert done.returncode == 1
    assert "dense (dense) is wrong by itself" in done.stdout
    assert "plain computes another function than the spec says" in done.stdout

"""The wheel: what is in it, and that it works where nothing else of ours is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
BASE = ("pydantic", "pyyaml", "typer")
PACKAGES = {
    "specgraph",
    "specgraph_cli",
    "specgraph_keras",
    "specgraph_tensorflow",
    "specgraph_torch",
}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation"]
    subprocess.run([*command, "--outdir", str(folder), str(ROOT)], check=True)
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def empty(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel, what it requires, and nothing else."""
    folder = tmp_path_factory.mktemp("empty")
    venv.create(folder, with_pip=False)
    (site,) = folder.glob("lib/python*/site-packages")
    required = folder / "required"
    required.mkdir()
    for found in _closure(*BASE):
        for name in {file.parts[0] for file in found.files or ()}:
            source = Path(str(found.locate_file(name)))
            if ".." not in name and source.exists():
                (required / name).symlink_to(source)
    (site / "required.pth").write_text(f"{required}\n")
    install = [sys.executable, "-m", "pip", "--python", str(folder / "bin/python")]
    install += ["install", "--quiet", "--no-index", "--no-deps", str(wheel)]
    subprocess.run(install, check=True)
    return folder


def _closure(*names: str) -> Iterator[Distribution]:
    """Distributions and all that they require."""
    seen: set[str] = set()
    queue = list(names)
    while queue:
        name = queue.pop()
        if name.lower() in seen:
            continue
        seen.add(name.lower())
        found = distribution(name)
        yield found
        for line in found.requires or ():
            required = Requirement(line)
            if required.marker is None or required.marker.evaluate({"extra": ""}):
                queue.append(required.name)


def run(empty: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs the installed command in a folder."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    return subprocess.run(
        [str(empty / "bin/specgraph"), *arguments],
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment,
    )


def test_the_wheel_holds_our_packages_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as file:
        tops = {name.partition("/")[0] for name in file.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == PACKAGES
    assert len(tops) == len(PACKAGES) + 1


def test_the_wheel_holds_types_licence_templates_and_emitted_parts(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as file:
        names = set(file.namelist())
    assert {f"{package}/py.typed" for package in PACKAGES} <= names
    assert "specgraph_cli/templates/cnn.yaml" in names
    assert "specgraph_torch/emit/train.py" in names
    assert any(name.endswith("/licenses/LICENSE") for name in names)


def test_it_puts_only_our_packages_into_site_packages(empty: Path) -> None:
    (site,) = empty.glob("lib/python*/site-packages")
    names = {path.name for path in site.iterdir()} - {"required.pth", "__pycache__"}
    assert {name for name in names if not name.endswith(".dist-info")} == PACKAGES


def test_check_and_build_work_without_any_framework(
    empty: Path, tmp_path: Path
) -> None:
    started = run(empty, tmp_path, "init", "specs/mine.yaml")
    assert started.returncode == 0, started.stderr
    checked = run(empty, tmp_path, "check")
    assert (checked.returncode, checked.stderr) == (0, "")
    built = run(empty, tmp_path, "build")
    assert (built.returncode, built.stderr) == (0, "")
    for backend in ("torch", "keras", "tensorflow"):
        assert (tmp_path / f"build/mine/{backend}/model.py").exists()
        assert (tmp_path / f"build/mine/{backend}/train.py").exists()


def test_all_other_commands_that_need_no_numbers_work(
    empty: Path, tmp_path: Path
) -> None:
    run(empty, tmp_path, "init", "specs/mine.yaml")
    for command in (
        ("show",),
        ("summary",),
        ("ops",),
        ("op", "lstm"),
        ("schema",),
        ("diff", "specs/mine.yaml", "specs/mine.yaml"),
    ):
        done = run(empty, tmp_path, *command)
        assert (done.returncode, done.stderr) == (0, ""), command


def test_backends_are_found_and_their_frameworks_missed(
    empty: Path, tmp_path: Path
) -> None:
    done = run(empty, tmp_path, "backends", "--format", "json")
    told = {one["name"]: one["requires"] for one in json.loads(done.stdout)}
    assert list(told) == ["torch", "keras", "tensorflow"]
    assert told["torch"] == {"torch": None}


@pytest.mark.parametrize("command", [("parity", "--backends", "torch"), ("parity",)])
def test_what_computes_says_what_is_missing(
    empty: Path, tmp_path: Path, command: tuple[str, ...]
) -> None:
    run(empty, tmp_path, "init", "specs/mine.yaml")
    done = run(empty, tmp_path, *command)
    assert done.returncode == 3
    assert "not installed" in done.stderr
    assert "Traceback" not in done.stderr

"""Packages from outside: the demo one in use, and those that get in each other's way."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
TASKS = ("names", "light", "numpy_source", "gap", "conformance")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the demo package is installed."""
    target = tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
    pip += ["--no-build-isolation", "--disable-pip-version-check", "--target"]
    subprocess.run([*pip, str(target), str(HERE / "demo")], check=True)
    return target


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """A Python process that sees the packages in a folder first."""
    path = os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.run(
        [sys.executable, *command],
        env={**os.environ, "PYTHONPATH": path, "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("task", TASKS)
def test_the_demo_package_in_use(demo: Path, task: str) -> None:
    done = run(demo, str(HERE / "use_demo.py"), task)
    assert done.returncode == 0, done.stderr


BACKEND = (
    "class B:\n    name = 'b'\n    requires = ()\n    worker = ''\n    rules = None\n"
)
BACKEND += "    def plan(self, graph): ...\nb = B()\n"
OP = """
from specgraph.ops.base import Activation, Sample, SampleInput, register_op
@register_op
class Mine(Activation):
    label = "{}"
    samples = (Sample("one", None, (SampleInput((3,)),)),)
"""
IMPORTS = "import specgraph\nfrom specgraph.load import loads\n"
IMPORTS += "from specgraph.plugins import find_backend\n"
LOAD = "loads('specgraph: 1')"
FIND = "find_backend('{}')"
RAISES = "import nothing_of_this_name\n"

Distributions = dict[str, tuple[str, str, str]]
"""By name: the group, the name of the entry point, and the code of its module."""

CASES: list[tuple[str, Distributions, str, list[str]]] = [
    (
        "a backend under our name",
        {"rival": ("backends", "torch", BACKEND)},
        FIND.format("torch"),
        ["two distributions bring a backend 'torch'", "rival", "specgraph-compiler"],
    ),
    (
        "two backends under one name",
        {"one": ("backends", "b", BACKEND), "other": ("backends", "b", BACKEND)},
        FIND.format("b"),
        ["two distributions bring a backend 'b'", "one and other"],
    ),
    (
        "a backend that fails to import",
        {"broken": ("backends", "b", RAISES)},
        FIND.format("b"),
        ["broken: specgraph.backends entry point 'b'", "No module named 'nothing_of"],
    ),
    (
        "a backend that is none",
        {"odd": ("backends", "b", "b = 5\n")},
        FIND.format("b"),
        ["odd: entry point 'b' is no Backend, it is a int"],
    ),
    (
        "a backend of another name",
        {"odd": ("backends", "c", BACKEND.replace("b = B()", "c = B()"))},
        FIND.format("c"),
        ["entry point 'c' is a Backend that calls itself 'b'"],
    ),
    (
        "no such backend",
        {"good": ("backends", "b", BACKEND)},
        FIND.format("toch"),
        ["no backend 'toch'; did you mean 'torch'?", "b)"],
    ),
    (
        "our op",
        {"rival": ("ops", "mine", OP.format("relu"))},
        LOAD,
        ["two distributions bring an op 'relu': specgraph-compiler and rival"],
    ),
    (
        "an op twice",
        {"one": ("ops", "a", OP.format("m")), "other": ("ops", "b", OP.format("m"))},
        LOAD,
        ["two distributions bring an op 'm': one and other"],
    ),
    (
        "an op with a word of the language",
        {"odd": ("ops", "mine", OP.format("merge"))},
        LOAD,
        ["odd: an op cannot be called 'merge': it is a word of the language"],
    ),
    (
        "an op that no layer can be called after",
        {"odd": ("ops", "mine", OP.format("half"))},
        LOAD,
        ["odd: an op cannot be called 'half': it is an attribute of torch.nn.Module"],
    ),
    (
        "ops that fail to import",
        {"broken": ("ops", "mine", RAISES)},
        LOAD,
        ["broken: specgraph.ops entry point 'mine'", "ModuleNotFoundError"],
    ),
    (
        "rules for a parent that fail to import",
        {"broken": ("rules", "keras", RAISES)},
        FIND.format("tensorflow"),
        ["broken: specgraph.rules entry point 'keras'", "ModuleNotFoundError"],
    ),
]


@pytest.mark.parametrize(
    ("name", "distributions", "code", "said"), CASES, ids=lambda case: str(case)[:40]
)
def test_packages_that_cannot_be_used(
    tmp_path: Path, name: str, distributions: Distributions, code: str, said: list[str]
) -> None:
    for distribution, entry in distributions.items():
        install(tmp_path, distribution, *entry)
    done = run(tmp_path, "-c", f"{IMPORTS}\n{code}")
    assert done.returncode == 1
    last = done.stderr.strip().rpartition("\n")[2]
    assert last.startswith("specgraph.plugins.PluginError"), done.stderr
    assert [words for words in said if words not in last] == [], last


def test_broken_rules_for_one_backend_leave_others_alone(tmp_path: Path) -> None:
    install(tmp_path, "broken", "rules", "keras", RAISES)
    done = run(tmp_path, "-c", f"{IMPORTS}\n{FIND.format('torch')}")
    assert done.returncode == 0, done.stderr


def test_a_refusal_of_a_package_is_the_same_the_second_time(tmp_path: Path) -> None:
    code = OP.format("mine") + OP.format("relu").replace("class Mine", "class Other")
    install(tmp_path, "rival", "ops", "mine", code)
    twice = f"try:\n    {LOAD}\nexcept specgraph.PluginError:\n    {LOAD}"
    done = run(tmp_path, "-c", IMPORTS + twice)
    assert "an op 'relu': specgraph-compiler and rival" in done.stderr


def install(folder: Path, name: str, group: str, entry: str, code: str) -> None:
    """A distribution as pip leaves it: one module, and its metadata."""
    (folder / f"{name}_module.py").write_text(code)
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
    )
    value = f"{name}_module:{entry}" if group == "backends" else f"{name}_module"
    (info / "entry_points.txt").write_text(f"[specgraph.{group}]\n{entry} = {value}\n")

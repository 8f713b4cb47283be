"""Import blocks are what ruff's isort leaves alone; helpers are copied verbatim."""

import importlib
import random
import subprocess
import sys
from pathlib import Path

import pytest

from specgraph.lower.imports import helper_imports, imports, load_helper
from specgraph.lower.printer import print_module
from specgraph.lower.pycode import Import, ImportFrom, Module
from specgraph.lower.recheck import check_module


def test_ruff_finds_nothing_in_merged_imports(tmp_path: Path) -> None:
    rng = random.Random(5)
    modules = ["os", "collections.abc", "torch", "torch.nn", "keras", "a10", "a2", "aB"]
    names = ["Tensor", "nn", "functional", "MAX", "X", "item2", "item10", "_p", "_P"]
    for number in range(100):
        wanted: list[Import | ImportFrom] = [ImportFrom("__future__", ["annotations"])]
        for _ in range(rng.randint(1, 8)):
            chosen: list[str | tuple[str, str]] = [
                *rng.sample(names, rng.randint(1, 6))
            ]
            alias = (names[0], rng.choice("FG"))
            wanted.append(ImportFrom(rng.choice(modules), [*chosen, alias]))
            wanted.append(Import(rng.choice(modules), rng.choice(["", "np"])))
        text = print_module(Module("Text.", ["h"], imports(wanted))).text
        (tmp_path / f"m{number}.py").write_text(text, encoding="utf-8")
    for command in (["check", "--select", "I"], ["format", "--check"]):
        line = [sys.executable, "-m", "ruff", *command, "--isolated", str(tmp_path)]
        run = subprocess.run(line, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stdout


def test_local_modules_and_the_standard_library_are_sections_of_their_own() -> None:
    wanted: list[Import | ImportFrom] = [
        ImportFrom("model", ["Net"]),
        Import("torch"),
        ImportFrom("torch", ["nn"]),
        Import("argparse"),
        ImportFrom("torch", ["Tensor"]),
        ImportFrom("torch.nn", [("functional", "F")]),
    ]
    text = print_module(Module("", [], imports(wanted, local={"model"}))).text
    assert text == (
        "import argparse\n\nimport torch\nfrom torch import Tensor, nn\n"
        "from torch.nn import functional as F\n\n# isort: split\nfrom model import Net\n"
    )


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package whose emit/ folder holds helpers."""
    folder = tmp_path / "some_backend" / "emit"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").touch()
    (folder / "helpers.py").write_text(
        "import math\n\nimport torch\nfrom torch import Tensor, nn\n"
        "from torch.nn import functional as F\n\n"
        "# Why it is here.\n@torch.no_grad()\ndef scale(x: Tensor) -> Tensor:\n"
        "    return F.relu(x)\n\n\nLIMIT = math.pi\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    return "some_backend"


def test_a_helper_is_copied_with_its_decorators_and_comment(package: str) -> None:
    scale = load_helper(package, "emit/helpers.py", "scale")
    limit = load_helper(package, "emit/helpers.py", "LIMIT")
    wanted = helper_imports(package, "emit/helpers.py", "scale")
    module = Module("", [], [*imports(wanted), scale, limit])
    text = print_module(module).text
    assert text == (
        "import torch\nfrom torch import Tensor\nfrom torch.nn import functional as F\n"
        "\n\n# Why it is here.\n@torch.no_grad()\ndef scale(x: Tensor) -> Tensor:\n"
        "    return F.relu(x)\n\n\nLIMIT = math.pi\n"
    )
    check_module(module, text, {"torch"})


def test_an_unknown_helper_lists_the_known_ones(package: str) -> None:
    with pytest.raises(KeyError, match="scale, LIMIT"):
        load_helper(package, "emit/helpers.py", "scales")


def test_a_helper_cannot_be_read_from_outside_the_package(package: str) -> None:
    with pytest.raises(ValueError, match="not a path below the package"):
        load_helper(package, "../helpers.py", "scale")

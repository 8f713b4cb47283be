"""The house: who may import whom, which rooms each op has, what each name promises."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from specgraph.lower.rules import Rules
from specgraph.lower.rules import room_of as rules_of
from specgraph.ops import OPS
from specgraph.ops.base import Op
from specgraph.plugins import backend_names, find_backend
from specgraph.reference import REFERENCES
from specgraph.spec.names import TORCH_MODULE
from tests.gaps import GAPS

ROOT = Path(__file__).parents[1]
BACKENDS = ("specgraph_torch", "specgraph_keras", "specgraph_tensorflow")
FRAMEWORKS = {"torch", "keras", "tensorflow", "jax"}

LAYERS = (
    ("version", "annotations", "collector", "diagnostics", "emit", "traced"),
    ("definition",),
    ("documentation", "training"),
    ("ops",),
    ("project",),
    ("spec",),
    ("ir",),
    ("passes",),
    ("lower",),
    ("backend",),
    ("plugins",),
    ("load",),
    ("files", "summary", "difference", "schema_calls", "reference", "sarif"),
    ("schema_json", "samples"),
    ("catalogue", "weights"),
    ("parity",),
    ("pytest_plugin",),
    ("testing",),
    ("",),
)
"""Lower layers first; a module imports its own room and lower layers.  The last is the
package itself, whose `__init__` is the Python API."""

MAY_BE_LATE = {("", "parity")}
"""Imports inside a function, from a room that is otherwise above."""

OF_BACKENDS = {
    "ops",
    "training",
    "lower",
    "backend",
    "diagnostics",
    "ir",
    "definition",
    "traced",
}
"""What emitters may import of the core, beside the names that a spec may give."""
RUNNERS = (
    "runtime.py",
    "autograd.py",
    "portable.py",
    "on_torch.py",
    "on_jax.py",
    "draws.py",
    "opened.py",
    "weights_io.py",
)
"""The files of a backend that import its framework, besides those of emit/."""


def python_files(folder: str) -> list[Path]:
    """The Python files below a folder of the repository."""
    return sorted((ROOT / folder).rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    """The modules that a file imports when it runs, at its top or in a function."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            yield node.module or ""
            if node.module == "specgraph":
                yield from (f"specgraph.{alias.name}" for alias in node.names)


def room(module: str) -> str:
    """The first part of a module's name below `specgraph`."""
    return module.partition(".")[2].partition(".")[0]


def room_of(path: Path) -> str:
    """The room of a file of the core."""
    parts = path.relative_to(ROOT / "specgraph").parts
    name = parts[0].removesuffix(".py")
    return "" if name == "__init__" else name


def ours(path: Path) -> set[str]:
    """The rooms of the core that a file imports, its own left out."""
    found = {
        room(module)
        for module in imports(path)
        if module.partition(".")[0] == "specgraph"
    }
    return found - {""}


def test_every_room_has_a_layer() -> None:
    known = {name for layer in LAYERS for name in layer}
    assert {room_of(path) for path in python_files("specgraph")} == known


@pytest.mark.parametrize("path", python_files("specgraph"), ids=lambda p: p.stem)
def test_the_core_imports_only_lower_layers(path: Path) -> None:
    layer_of = {name: level for level, layer in enumerate(LAYERS) for name in layer}
    here = room_of(path)
    above = {
        name
        for name in ours(path) - {here}
        if name in layer_of and layer_of[name] >= layer_of[here]
    }
    assert above == set()


@pytest.mark.parametrize(
    "path",
    [path for path in python_files("specgraph") if "parity" not in path.parts],
    ids=lambda p: p.stem,
)
def test_the_core_imports_no_framework_no_backend_and_no_command(path: Path) -> None:
    tops = {module.partition(".")[0] for module in imports(path)}
    assert tops & {*FRAMEWORKS, *BACKENDS, "specgraph_cli", "typer", "rich"} == set()


NUMERIC = {"reference", "weights", "parity", "testing", "emit"}
"""Rooms that compute, and the parts of programs that are copied into the output."""


@pytest.mark.parametrize("path", python_files("specgraph"), ids=lambda p: p.stem)
def test_only_what_computes_imports_numpy(path: Path) -> None:
    if room_of(path) in NUMERIC:
        return
    tops = {module.partition(".")[0] for module in imports(path)}
    assert tops & {"numpy", "safetensors", "scipy"} == set()


def emitters(backend: str) -> list[Path]:
    """A backend's files that write code, and run none of it."""
    return [
        path
        for path in python_files(f"backends/{backend}")
        if path.name not in RUNNERS and path.parent.name != "emit"
    ]


@pytest.mark.parametrize("backend", BACKENDS)
def test_emitters_import_no_framework_and_no_numpy(backend: str) -> None:
    for path in emitters(backend):
        tops = {module.partition(".")[0] for module in imports(path)}
        assert tops & (FRAMEWORKS | {"numpy"}) == set(), path


@pytest.mark.parametrize("backend", BACKENDS)
def test_emitters_import_of_the_core_what_they_may(backend: str) -> None:
    for path in emitters(backend):
        modules = set(imports(path)) - {"specgraph.spec.names"}
        rooms = {room(name) for name in modules if name.startswith("specgraph.")}
        assert rooms - OF_BACKENDS == set(), path


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_backend_imports_no_other_but_the_one_it_derives_from(backend: str) -> None:
    allowed = {backend}
    if backend == "specgraph_tensorflow":
        allowed.add("specgraph_keras")
    for path in python_files(f"backends/{backend}"):
        tops = {module.partition(".")[0] for module in imports(path)}
        on = {"specgraph_torch"} if path.name == "on_torch.py" else set()
        assert tops & set(BACKENDS) - allowed - on == set(), path


@pytest.mark.parametrize("backend", BACKENDS)
def test_importing_an_emitter_loads_no_framework(backend: str) -> None:
    program = (
        f"import sys, {backend}\n"
        "print(*{name.partition('.')[0] for name in sys.modules})\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert set(done.stdout.split()) & (FRAMEWORKS | {"numpy"}) == set()


def families() -> set[str]:
    """The basenames of the ops' files."""
    return {op.__module__.rpartition(".")[2] for op in OPS}


def test_every_family_of_ops_has_a_reference_of_the_same_name() -> None:
    for family in families():
        import_module(f"specgraph.reference.{family}")
    for op, reference in REFERENCES.items():
        home = op.__module__.rpartition(".")[2]
        assert reference.__module__ == f"specgraph.reference.{home}", op


@pytest.mark.parametrize("name", ["torch", "keras"])
def test_the_rules_of_an_op_stand_in_the_file_that_is_imported_for_it(
    name: str,
) -> None:
    """Holds for rewrites too, and for ops that only rewrites make."""
    program = (
        "import sys\n"
        f"from specgraph_{name}.rules import RULES\n"
        "from specgraph.ops import OPS\n"
        f"home = 'specgraph_{name}.rules.'\n"
        "found = {op: RULES.find(op) for op in RULES}\n"
        "made = [op for op in found if found[op].rule.__module__.startswith(home)]\n"
        "def told(op):\n"
        "    yield RULES.reason(op)\n"
        "    yield RULES.find(op) and RULES.find(op).rule.__name__\n"
        "    yield getattr(RULES.find_rewrite(op), '__name__', None)\n"
        "wanted = {op: list(told(op)) for op in dict.fromkeys([*OPS, *made])}\n"
        "for op in wanted:\n"
        "    for module in [m for m in sys.modules if m.startswith(home)]:\n"
        "        if module != home + 'base':\n"
        "            del sys.modules[module]\n"
        "    for table in (RULES._entries, RULES._rewrites, RULES._gaps):\n"
        "        table.clear()\n"
        "    RULES._loaded.clear()\n"
        "    assert list(told(op)) == wanted[op], op\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.parametrize("package", ["specgraph_torch", "specgraph_keras"])
def test_rules_stand_in_files_named_as_the_ops_are(package: str) -> None:
    rules: Rules[Op] = import_module(f"{package}.rules").RULES
    table = "specgraph.lower.rules"
    for op in rules:
        entry = rules.find(op)
        if entry is not None and rules_of(op) is not None:
            home = f"{package}.rules.{rules_of(op)}"
            assert entry.rule.__module__ in (home, table), op


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.label)
def test_every_op_has_samples_a_reference_and_words(op: type[Op]) -> None:
    assert op.samples
    assert op in REFERENCES
    assert (op.__doc__ or "").strip()


def test_the_pairs_without_a_rule_are_those_that_are_written_down() -> None:
    found = {
        (op.label, name): find_backend(name).rules.reason(op)
        for name in backend_names()
        for op in OPS
        if find_backend(name).rules.find(op) is None
        and find_backend(name).rules.find_rewrite(op) is None
    }
    assert found == GAPS


def test_names_that_torch_modules_have_are_reserved() -> None:
    code = "from torch import nn; print(*dir(nn.Module()))"  # some packages add more
    command = [sys.executable, "-c", code]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    public = {name for name in found.stdout.split() if not name.startswith("_")}
    assert "forward" in public
    assert public - TORCH_MODULE == set()


def test_no_file_is_longer_than_four_hundred_lines() -> None:
    folders = ("specgraph", "backends", "cli", "bench", "examples", "tests")
    files = [path for folder in folders for path in python_files(folder)]
    long = [path for path in files if path.read_text().count("\n") > 400]
    assert [path.relative_to(ROOT).as_posix() for path in long] == []


def test_no_module_is_named_for_having_no_name() -> None:
    nothing = {"utils", "util", "helpers_", "common", "misc", "manager"}
    assert {path.stem for path in python_files("specgraph")} & nothing == set()

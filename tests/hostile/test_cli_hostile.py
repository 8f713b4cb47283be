"""Hostile files through the command line: refused with a place, and nothing written."""

from __future__ import annotations

import ast
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

import specgraph
from specgraph_cli.main import main
from tests.hostile.blocks import BLOCK_CASES
from tests.hostile.corpus import CASES, HostileCase
from tests.hostile.odd import LEGAL, ODD_CASES
from tests.hostile.specs import HEAD, LAYERS, SPEC_CASES, TEXTS, TRAIN, quoted

BACKENDS = ("torch", "keras", "tensorflow")
MOST_SECONDS = 4
"""CPU seconds from start to end; a second is meant, on a machine with nothing to do."""
MOST_MEMORY = 500 * 2**20
ALL_CASES = (*CASES, *SPEC_CASES, *ODD_CASES, *BLOCK_CASES)
REFUSED = [case for case in ALL_CASES if case.level != "expression"]


def _named(case: HostileCase) -> str:
    return case.name


@pytest.mark.parametrize("case", ALL_CASES, ids=_named)
def test_a_hostile_file_is_refused_with_a_place_and_nothing_is_written(
    case: HostileCase,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("hostile.yaml").write_bytes(case.content())
    monkeypatch.setattr(sys, "argv", ["specgraph", "build", "hostile.yaml"])
    with pytest.raises(SystemExit) as ended:
        main()
    printed = capsys.readouterr()
    assert ended.value.code == 1
    assert printed.out == ""
    assert printed.err.startswith("hostile.yaml:")
    assert f"error[{case.code}]" in printed.err or case.level == "expression"
    assert "Traceback" not in printed.err
    assert len(printed.err) < 100_000
    assert os.listdir() == ["hostile.yaml"]


@pytest.mark.slow
@pytest.mark.parametrize("case", REFUSED, ids=_named)
def test_a_hostile_file_is_refused_within_its_limits(
    case: HostileCase, tmp_path: Path
) -> None:
    path = tmp_path / "hostile.yaml"
    path.write_bytes(case.content())

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (2 * MOST_MEMORY, 2 * MOST_MEMORY))

    child = subprocess.Popen(
        [sys.executable, "-m", "specgraph_cli", "check", str(path)],
        stdout=subprocess.DEVNULL,
        stderr=(tmp_path / "err").open("wb"),
        preexec_fn=limit,
    )
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 1
    assert b"Traceback" not in (tmp_path / "err").read_bytes()
    assert used.ru_maxrss * 2**10 < MOST_MEMORY


def _without_text(source: str) -> str:
    """The code of a file without its docstrings: what the machine sees."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                node.body = node.body[1:]
    return ast.dump(tree)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("text", TEXTS, ids=[str(n) for n, _ in enumerate(TEXTS)])
def test_a_nasty_description_stays_text(text: str, backend: str) -> None:
    train = "{optimizer: adam, loss: mse}\n"
    nasty = f"{TRAIN}{train}description: {quoted(text)}\n"
    plain = f"{TRAIN}{train}description: plain\n"
    files = specgraph.build(specgraph.loads(nasty), backend)
    expected = specgraph.build(specgraph.loads(plain), backend)
    assert files.keys() == expected.keys()
    for name, source in files.items():
        assert _without_text(source) == _without_text(expected[name])


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    "name",
    [
        'x"""\nimport os\n.yaml',
        "x\\.yaml",
        "\u202exlmay.yaml",
        "x\rimport os.yaml",
        "#.yaml",
        "a" * 250,
        "\udcff.yaml",
    ],
)
def test_a_nasty_file_name_stays_out_of_the_code(name: str, backend: str) -> None:
    text = HEAD + LAYERS
    for source in specgraph.build(specgraph.loads(text, name), backend).values():
        header, _, body = source.partition("\n")
        assert header.startswith("# ")
        assert header.isprintable()
        (plain,) = specgraph.build(specgraph.loads(text), backend).values()
        assert body == plain.partition("\n")[2]


def test_comments_of_a_spec_are_not_in_its_files() -> None:
    text = HEAD + LAYERS + '# """ import os\n'
    plain = specgraph.build(specgraph.loads(HEAD + LAYERS), "torch")
    assert specgraph.build(specgraph.loads(text), "torch") == plain


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("text", LEGAL, ids=[str(n) for n, _ in enumerate(LEGAL)])
def test_an_odd_spec_is_built(text: str, backend: str) -> None:
    for source in specgraph.build(specgraph.loads(text), backend).values():
        ast.parse(source)

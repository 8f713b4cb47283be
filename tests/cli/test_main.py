"""The command line as a whole: help, exits, pipes, and no traceback ever."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

import specgraph
from specgraph_cli import inputs
from specgraph_cli.application import COMMANDS
from tests.cli.conftest import Run

ROOT = Path(__file__).parents[2]
SEED = str(ROOT / "specs/seed/mnist_cnn.yaml")
PROGRAM = [sys.executable, "-m", "specgraph_cli"]


@pytest.mark.parametrize("command", [*COMMANDS, "weights init", "weights convert"])
def test_every_command_has_help_with_an_example(run: Run, command: str) -> None:
    if command == "weights":
        return
    done = run(*command.split(), "--help")
    assert done.status == 0
    assert "Example:" in done.out
    assert f"specgraph {command}" in done.out.split("Example:")[1]


def test_help_lists_every_command(run: Run) -> None:
    out = run("--help").out
    assert all(f"  {command} " in out for command in COMMANDS)


def test_version_is_the_packages(run: Run) -> None:
    assert run("--version").out == f"specgraph {specgraph.__version__}\n"


def test_no_command_and_unknown_ones_are_wrong_usage(run: Run) -> None:
    assert run().status == 2
    done = run("bulid")
    assert done.status == 2
    assert "build" in done.err


def test_an_unknown_option_is_wrong_usage(run: Run) -> None:
    assert run("build", "--bakend", "torch").status == 2


def test_a_bug_of_ours_is_one_line_that_asks_to_report_it(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: object, **named: object) -> None:
        raise RuntimeError("some\nthing")

    monkeypatch.setattr(inputs, "files", broken)
    monkeypatch.delenv("SPECGRAPH_DEBUG", raising=False)
    done = run("check", SEED)
    assert done.status == 3
    assert done.err.startswith("internal error: RuntimeError: some thing\n")


def test_a_reader_that_stops_reading_is_no_error() -> None:
    command = f"{' '.join(PROGRAM)} schema | head -c 10"
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, cwd=ROOT, check=True
    )
    assert done.stderr == b""


def test_a_pipe_gets_no_colours_and_a_terminal_does(tmp_path: Path) -> None:
    spec = tmp_path / "broken.yaml"
    spec.write_text("specgraph: 1\n")
    environment = {k: v for k, v in os.environ.items() if k != "NO_COLOR"}
    environment["TERM"] = "xterm"
    command = [*PROGRAM, "check", str(spec)]
    piped = subprocess.run(command, capture_output=True, env=environment, cwd=ROOT)
    assert b"\x1b" not in piped.stderr
    screen, terminal = pty.openpty()
    subprocess.run(command, stdout=terminal, stderr=terminal, env=environment, cwd=ROOT)
    os.close(terminal)
    assert b"\x1b[31;1merror" in os.read(screen, 10_000)
    os.close(screen)


def test_output_is_utf8_whatever_the_locale_and_the_name_of_a_file(
    tmp_path: Path,
) -> None:
    name = os.fsdecode(b"\xff.yaml")
    (tmp_path / name).write_bytes(Path(SEED).read_bytes())
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
    options = {"capture_output": True, "env": environment, "cwd": tmp_path}
    build = [*PROGRAM, "build", name, "--backend", "torch", "--stdout"]
    built = subprocess.run(build, **options)  # type: ignore[call-overload]
    assert (built.returncode, built.stderr) == (0, b"")
    assert "·" in built.stdout.decode("utf-8")
    checked = subprocess.run([*PROGRAM, "check", name], **options)  # type: ignore[call-overload]
    assert (checked.returncode, checked.stderr) == (0, b"")


@pytest.mark.parametrize("command", ["check", "build"])
def test_check_and_build_import_no_framework_no_numpy_and_no_rich(
    command: str, tmp_path: Path
) -> None:
    arguments = [command, str(ROOT / "specs/seed")]
    if command == "build":
        arguments += ["--backend", "all", "--out", str(tmp_path)]
    program = (
        "import sys, atexit\n"
        f"sys.argv = ['specgraph', *{arguments!r}]\n"
        "atexit.register(lambda: print(*sys.modules, file=sys.stderr))\n"
        "from specgraph_cli.main import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    loaded = set(done.stderr.split())
    heavy = {"numpy", "torch", "keras", "tensorflow", "rich", "jinja2", "safetensors"}
    assert loaded & heavy == set()
    others = {f"specgraph_cli.{name}" for name in COMMANDS} - {
        f"specgraph_cli.{command}"
    }
    assert loaded & others == set()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device")
def test_an_answer_that_does_not_fit_is_no_bug() -> None:
    command = [sys.executable, "-m", "specgraph_cli", "backends"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 2
    assert done.stderr == "error: cannot write: No space left on device\n"

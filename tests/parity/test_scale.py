"""Many specs: shards, jobs, interrupts, progress, and what each worker held."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from specgraph.load import compile_spec, loads
from specgraph.parity.api import parity
from specgraph.parity.spread import packed, part

SPEC = """
specgraph: 1
name: {name}
inputs: {{x: [{size}]}}
layers:
  - dense: 4
  - {op}
train: {{optimizer: sgd, loss: mse}}
"""
OPS = ("relu", "tanh", "gelu", "softmax", "layer_norm")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("specs")
    for number, op in enumerate(OPS):
        text = SPEC.format(name=f"m{number}", size=number + 3, op=op)
        (found / f"m{number}.yaml").write_text(text)
    return found


def command(*words: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    args = [sys.executable, "-m", "specgraph_cli", "parity", *map(str, words)]
    return subprocess.run(args, cwd=cwd, capture_output=True, text=True)


QUICK = ("--backends", "torch", "--dtype", "float64", "--steps", "1")


def names(report: Path) -> list[str]:
    data = json.loads(report.read_text())
    return list(dict.fromkeys(check["spec"] for check in data["checks"]))


def test_shards_are_all_specs_each_once(folder: Path) -> None:
    seen = []
    for shard in (1, 2):
        done = command(
            ".", *QUICK, "--shard", f"{shard}/2", "--report", "s.json", cwd=folder
        )
        assert done.returncode == 0, done.stderr
        seen.append(names(folder / "s.json"))
    assert seen == [["m0", "m2", "m4"], ["m1", "m3"]]


def test_an_empty_shard_passes_and_says_so(folder: Path) -> None:
    done = command(".", *QUICK, "--shard", "8/8", cwd=folder)
    assert done.returncode == 0
    assert done.stdout == "shard 8/8: of 5 specs none falls to this one\n"


@pytest.mark.parametrize("shard", ["0/2", "3/2", "2", "a/b", "1/0"])
def test_a_shard_that_is_none_is_refused(shard: str, folder: Path) -> None:
    done = command(".", *QUICK, "--shard", shard, cwd=folder)
    assert done.returncode == 2
    assert f"--shard takes I/N with I from 1 to N, as 2/8, got '{shard}'" in done.stderr


def test_jobs_change_nothing(folder: Path) -> None:
    graphs = [folder / f"m{number}.yaml" for number in range(3)]
    args = (["torch", "nothing"], None, ("float64",), 1)
    done: list[tuple[int, int, str]] = []
    alone = parity(graphs, *args)
    both = parity(graphs, *args, jobs=2, progress=lambda *told: done.append(told))
    assert both.to_json() == alone.to_json()
    assert done == [(1, 3, "m0"), (2, 3, "m1"), (3, 3, "m2")]


DEADLY = """
import os
from specgraph_torch.backend import TorchBackend

class Deadly(TorchBackend):
    name = "deadly"

    def plan(self, graph):
        if graph.name == "m1":
            os._exit(9)
        return super().plan(graph)

backend = Deadly()
"""


def test_a_job_whose_process_ends_is_one_spec_s_failure(
    folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "deadly.py").write_text(DEADLY)
    info = tmp_path / "deadly-0.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: deadly\nVersion: 0.1\n"
    )
    point = "[specgraph.backends]\ndeadly = deadly:backend\n"
    (info / "entry_points.txt").write_text(point)
    words = ["m0.yaml", "m1.yaml", "m2.yaml", "--backends", "deadly", "--jobs", "2"]
    words += ["--dtype", "float64", "--steps", "1", "--format", "json"]
    paths = [str(tmp_path), os.environ.get("PYTHONPATH", "")]
    done = subprocess.run(
        [sys.executable, "-m", "specgraph_cli", "parity", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 3, done.stderr
    checks = json.loads(done.stdout)["checks"]
    failed = [check for check in checks if not check["passed"]]
    assert [check["spec"] for check in failed] == ["m1"]
    assert "the process that judged it ended" in failed[0]["detail"]
    assert {check["spec"] for check in checks} == {"m0", "m1", "m2"}


def test_a_report_says_what_each_worker_held(folder: Path) -> None:
    report = parity(folder / "m0.yaml", ["torch"], ["outputs"], ("float64",))
    assert list(report.memory) == ["torch float64"]
    assert 50 << 20 < report.memory["torch float64"] < 8 << 30
    assert "memory: torch float64 0." in report.table()


def test_a_long_chain_of_layers_can_be_sent() -> None:
    layers = "  - relu\n" * 2000
    text = f"specgraph: 1\nname: long\ninputs: {{x: [2]}}\nlayers:\n{layers}"
    limit = sys.getrecursionlimit()
    assert len(packed(compile_spec(loads(text)))) > 1000
    assert sys.getrecursionlimit() == limit
    assert callable(part)


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_an_interrupt_leaves_the_report_of_what_was_done(
    jobs: str, tmp_path: Path
) -> None:
    """The workers end with it."""
    slow = tmp_path / "slow"
    slow.mkdir()
    for number in range(60):
        text = SPEC.format(name=f"s{number:02}", size=30, op="gelu")
        (slow / f"s{number:02}.yaml").write_text(text)
    words = [".", "--backends", "torch", "--steps", "200", "--jobs", jobs]
    words += ["--report", "r.json", "--report", "r.html"]
    main, end = pytest.importorskip("pty").openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "specgraph_cli", "parity", *words],
        cwd=slow,
        stdout=subprocess.PIPE,
        stderr=end,
        text=True,
        start_new_session=True,
    )
    os.close(end)
    seen = ""
    while "[1/60]" not in seen:
        seen += os.read(main, 4096).decode()
    children = _children(process.pid)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    os.close(main)
    assert process.returncode == 130
    assert "INTERRUPTED after" in out
    data = json.loads((slow / "r.json").read_text())
    assert data["interrupted"] is True
    assert data["passed"] is False
    done = {check["spec"] for check in data["checks"]}
    assert 0 < len(done) < 60
    assert all(check["passed"] for check in data["checks"])
    assert "INTERRUPTED" in (slow / "r.html").read_text()
    assert children
    until = time.monotonic() + 20
    while any(Path(f"/proc/{child}").exists() for child in children):
        assert time.monotonic() < until, "a worker is still there"
        time.sleep(0.1)


def _children(pid: int) -> list[int]:
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                fields = (
                    Path(f"/proc/{entry}/stat").read_text().rsplit(")", 1)[1].split()
                )
            except OSError:
                continue
            if int(fields[1]) == pid:
                found.append(int(entry))
    return found


def test_progress_is_shown_on_a_terminal_alone(folder: Path) -> None:
    pty = pytest.importorskip("pty")
    main, end = pty.openpty()
    words = ["m0.yaml", "m1.yaml", *QUICK]
    process = subprocess.Popen(
        [sys.executable, "-m", "specgraph_cli", "parity", *words],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=end,
    )
    os.close(end)
    process.communicate(timeout=120)
    seen = os.read(main, 4096).decode()
    os.close(main)
    assert "[1/2] m0" in seen
    assert seen.endswith("\x1b[K")
    assert command("m0.yaml", *QUICK, cwd=folder).stderr == ""


def test_ray_is_named_where_it_is_missing(folder: Path) -> None:
    code = (
        "import sys, specgraph_cli.parity as p; p.find_spec = lambda name: None\n"
        "from specgraph_cli.main import main\n"
        "sys.argv = ['specgraph', 'parity', 'm0.yaml', '--executor', 'ray']; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 3
    assert "ray is not installed (pip install 'specgraph-compiler[ray]')" in done.stderr

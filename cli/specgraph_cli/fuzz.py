"""`specgraph fuzz`: do the backends agree on specs that nobody thought of?"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from specgraph.files import write_file
from specgraph.plugins import lacking
from specgraph_cli import console, inputs
from specgraph_cli.options import BackendList, Format, split

if TYPE_CHECKING:
    from specgraph.testing.fuzz import Failure, Fuzz

UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("fuzz", short_help="Try random specs until some disagree.")(fuzz)


def fuzz(
    backends: BackendList = None,
    time: Annotated[
        str, typer.Option("--time", metavar="10m", help="How long: 90s, 10m or 1h.")
    ] = "10m",
    seed: Annotated[
        int, typer.Option("--seed", min=0, help="Another seed, other specs.")
    ] = 0,
    count: Annotated[
        int | None,
        typer.Option(
            "--count", min=1, help="Stop after so many specs.", show_default=False
        ),
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", help="The folder for specs that fail.")
    ] = Path("fuzz"),
    format: Format = "text",
) -> None:
    """Draw random specs of the whole language and check in float64 that backends agree.

    A spec that fails is shrunk to the smallest that fails in the same way, and written
    with the command that tries it again; each way to fail is told once. Exits 1 if any
    failed.

    \b
    Example:
      specgraph fuzz --backends torch,keras --time 10m --seed 1
    """
    seconds = _seconds(time)
    chosen = inputs.backends(split(backends) or inputs.installed())
    for one in chosen:
        if missing := lacking(one):
            problem = f"{one.name} needs {missing}, which is not installed"
            console.fail(problem, console.DIED)
    engine = inputs.needing_numpy("specgraph.testing.fuzz", "fuzz")
    pools = inputs.needing_numpy("specgraph.parity.pool")
    run: Fuzz = engine.Fuzz(tuple(b.name for b in chosen), seed, seconds, count)
    written: list[tuple[Failure, Path]] = []
    stopped = False
    with pools.Pool() as pool:
        try:
            for failure in run.run(pool):
                path = _write(failure, out)
                written.append((failure, path))
                if format == "text":
                    console.write(f"\n{failure.report}")
                    console.write(f"{failure.way}\nagain: {_again(run, path)}")
        except KeyboardInterrupt:
            stopped = True
    if format == "json":
        console.write_json(_data(run, written))
    else:
        _tell(run, written, stopped)
    ended = console.INTERRUPTED if stopped else 0
    raise typer.Exit(console.NO if written else ended)


def _seconds(text: str) -> float:
    match = re.fullmatch(r"(\d{1,6}(?:\.\d+)?)([smh]?)", text)
    if match is None or not float(match[1]):
        problem = f"--time takes a number with s, m or h, as 10m, got {text!r}"
        console.fail(problem, console.USAGE)
    return float(match[1]) * UNITS[match[2]]


def _write(failure: Failure, folder: Path) -> Path:
    """The file that a failure lies in."""
    smallest = failure.smallest
    text = smallest.text if smallest is not None else failure.text
    path = folder / f"{failure.name}.yaml"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_file(path, text)
    except OSError as error:
        console.fail(f"cannot write what failed: {error}", console.USAGE)
    return path


def _again(run: Fuzz, path: Path) -> str:
    names = ",".join(run.backends)
    return (
        f"specgraph parity {path} --backends {names} --dtype float64 --seed {run.seed}"
    )


def _tell(run: Fuzz, written: list[tuple[Failure, Path]], stopped: bool) -> None:
    """How many were tried, how fast, and what failed."""
    rate = run.judged / run.spent if run.spent else 0.0
    title = "stopped: " if stopped else ""
    console.write(
        f"{title}{run.judged} specs in {run.spent:.0f} s, {rate:.1f} a second; "
        f"{run.unlike} more were drawn that cannot be compared; "
        f"{len(written)} ways to fail"
    )
    for failure, path in written:
        times = run.ways[failure.way]
        console.write(f"  {path}: {failure.way}, {times} times")


def _data(run: Fuzz, written: list[tuple[Failure, Path]]) -> dict[str, object]:
    return {
        "passed": not written,
        "backends": list(run.backends),
        "seed": run.seed,
        "specs": run.judged,
        "left_out": run.unlike,
        "seconds": round(run.spent, 3),
        "failures": [
            {
                "file": str(path),
                "way": str(failure.way),
                "times": run.ways[failure.way],
                "again": _again(run, path),
            }
            for failure, path in written
        ],
    }

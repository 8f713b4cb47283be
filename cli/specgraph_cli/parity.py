"""`specgraph parity`: do the backends compute the same?"""

from __future__ import annotations

import re
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

import typer

from specgraph.files import write_file
from specgraph.ir.graph import Graph
from specgraph_cli import console, inputs
from specgraph_cli.options import (
    Allowed,
    BackendList,
    Settings,
    Specs,
    VariantNames,
    split,
)

if TYPE_CHECKING:
    from specgraph.parity.report import Report


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("parity", short_help="Prove that backends compute the same.")(parity)


def parity(
    specs: Specs = None,
    backends: BackendList = None,
    checks: Annotated[
        str | None,
        typer.Option(
            "--checks", metavar="A,B", help="Some of the checks.", show_default="all"
        ),
    ] = None,
    dtype: Annotated[
        Literal["float64", "float32", "all"],
        typer.Option("--dtype", help="The precision to compute in."),
    ] = "all",
    half: Annotated[
        bool, typer.Option("--half", help="Try bfloat16 and float16, too.")
    ] = False,
    steps: Annotated[
        int, typer.Option("--steps", min=1, help="Optimizer steps to train.")
    ] = 10,
    seed: Annotated[
        int, typer.Option("--seed", help="The seed of weights and inputs.")
    ] = 0,
    report: Annotated[
        list[Path] | None,
        typer.Option(
            "--report",
            metavar="FILE",
            help="Write the report, too: JSON, JUnit XML, Markdown, SARIF or a page, by "
            "the suffix .json, .xml, .md, .sarif or .html; repeatable.",
            show_default=False,
        ),
    ] = None,
    baseline: Annotated[
        Path | None,
        typer.Option(
            "--baseline",
            metavar="FILE.json",
            help="Fail, too, where an error is more than 4 times that of this report.",
            show_default=False,
        ),
    ] = None,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain",
            help="Say of every failure in a sentence whether it is wrong or noise.",
        ),
    ] = False,
    reduce: Annotated[
        Path | None,
        typer.Option(
            "--reduce",
            metavar="FILE.yaml",
            help="Shrink the first spec that fails to the smallest that fails in the "
            "same way, and write it.",
            show_default=False,
        ),
    ] = None,
    shard: Annotated[
        str | None,
        typer.Option(
            "--shard",
            metavar="I/N",
            help="The I-th of N parts of the specs: a job of a CI matrix.",
            show_default=False,
        ),
    ] = None,
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", min=1, help="Specs at a time.")
    ] = 1,
    executor: Annotated[
        Literal["local", "ray"],
        typer.Option("--executor", help="Processes of this machine, or a Ray cluster."),
    ] = "local",
    variant: VariantNames = None,
    settings: Settings = None,
    allow: Allowed = None,
    format: Annotated[
        Literal["text", "json", "github"],
        typer.Option(
            "--format",
            help="Text for people, JSON for tools, or text and annotations of GitHub "
            "Actions.",
        ),
    ] = "text",
) -> None:
    """Run the emitted files and compare them with a reference and with each other.

    Exits 0 if all agree, 1 if any differ, 2 if a spec does not compile, 3 if a backend
    is missing or died, 130 if it was interrupted: the report is of what was done.

    \b
    Example:
      specgraph parity specs/seed --backends torch,keras,tensorflow
      specgraph parity model.yaml --backends torch --report parity.json
      specgraph parity --report parity.html --report parity.xml
      specgraph parity --baseline parity.json
      specgraph parity model.yaml --explain --reduce smallest.yaml
      specgraph parity specs --shard 2/8 --jobs 4
    """
    reports = import_module("specgraph.parity.reports")
    try:
        forms = {path: reports.form_of(path) for path in report or ()}
    except ValueError as error:
        console.fail(f"--report: {error}", console.USAGE)
    before = _before(baseline) if baseline is not None else None
    chosen = _share(shard)
    if executor == "ray" and find_spec("ray") is None:
        hint = "pip install 'specgraph-compiler[ray]'"
        console.fail(f"--executor ray: ray is not installed ({hint})", console.DIED)
    graphs = inputs.graphs(
        specs,
        settings,
        variants=variant,
        allowed=allow,
        form=format,
        status=console.USAGE,
    )
    total = len(graphs)
    graphs = graphs[chosen]
    if not graphs and total:
        told = "1 spec" if total == 1 else f"{total} specs"
        console.write(f"shard {shard}: of {told} none falls to this one")
        return
    wanted = split(backends) if backends else inputs.installed()
    named = split(checks) if checks else None
    settings_ = _Settings(named, dtype, steps, seed, half)
    found = _run(graphs, wanted, settings_, jobs, executor)
    if explain:
        found.explanations = import_module("specgraph.parity.explain").explain(found)
    if before is not None:
        found.changes = import_module("specgraph.parity.baseline").changes(
            found, before
        )
    for path, form in forms.items():
        _save(form(found), path)
    text = found.to_json() if format == "json" else found.table()
    if format == "github":
        text += reports.github(found)
    console.write(text.removesuffix("\n"))
    if reduce is not None:
        _reduce(found, graphs, wanted, settings_, reduce)
    raise typer.Exit(found.exit_code)


class _Settings(NamedTuple):
    """What is checked."""

    checks: list[str] | None
    dtype: str
    steps: int
    seed: int
    half: bool

    @property
    def dtypes(self) -> tuple[str, ...]:
        """The dtypes that are meant."""
        return ("float64", "float32") if self.dtype == "all" else (self.dtype,)


def _share(shard: str | None) -> slice:
    """Which of the specs a shard is."""
    if shard is None:
        return slice(None)
    match = re.fullmatch(r"(\d{1,6})/(\d{1,6})", shard)
    if match is None or not 1 <= int(match[1]) <= int(match[2]):
        problem = f"--shard takes I/N with I from 1 to N, as 2/8, got {shard!r}"
        console.fail(problem, console.USAGE)
    return slice(int(match[1]) - 1, None, int(match[2]))


def _reduce(
    report: Report,
    graphs: list[Graph],
    backends: list[str],
    settings: _Settings,
    path: Path,
) -> None:
    """Writes the smallest spec that fails as the first that fails does."""
    if report.passed:
        console.complain("nothing fails, so there is nothing to reduce")
        return
    module = import_module("specgraph.parity.reduce")
    failed = {check.title for check in report.failures}
    graph = next((graph for graph in graphs if graph.title in failed), None)
    if graph is None:
        console.complain("no check of a spec fails, so there is nothing to reduce")
        return
    found = module.reduced(
        graph, backends, settings.dtypes, settings.steps, settings.seed, settings.half
    )
    if found is None:
        console.complain(
            f"{graph.title}: it does not fail again by itself, so it is not reduced"
        )
        return
    _save(found.text, path)
    console.write(
        f"reduced {graph.title} from {found.before} lines to {found.after}, which fail "
        f"in the same way ({found.way}): {path}"
    )


def _run(
    graphs: list[Graph],
    backends: list[str],
    settings: _Settings,
    jobs: int,
    executor: str,
) -> Report:
    api = inputs.needing_numpy("specgraph.parity.api")
    checks, _, steps, seed, half = settings
    try:
        found: Report = api.parity(
            graphs,
            backends,
            checks,
            settings.dtypes,
            steps,
            seed,
            jobs,
            executor,
            half,
            console.progress,
        )
    except ValueError as error:
        console.fail(str(error), console.USAGE)
    return found


def _before(path: Path) -> dict[str, Any]:
    """The older report that this run is held against."""
    try:
        found: dict[str, Any] = import_module(
            "specgraph.parity.baseline"
        ).read_baseline(path)
    except (OSError, ValueError) as error:
        console.fail(f"--baseline: {error}", console.USAGE)
    return found


def _save(text: str, path: Path) -> None:
    try:
        write_file(path, text)
    except OSError as error:
        console.fail(f"cannot write the report: {error}", console.USAGE)

"""`specgraph parity`: do the backends compute the same?"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from specgraph.files import write_file
from specgraph.ir.graph import Graph
from specgraph_cli import console, inputs
from specgraph_cli.options import Allowed, Settings, Specs, VariantNames

if TYPE_CHECKING:
    from specgraph.parity.report import Report


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("parity", short_help="Prove that backends compute the same.")(parity)


def parity(
    specs: Specs = None,
    backends: Annotated[
        str | None,
        typer.Option(
            "--backends",
            "-b",
            metavar="A,B",
            help="The backends to compare; left out, all whose framework is installed.",
            show_default=False,
        ),
    ] = None,
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
    is missing or died.

    \b
    Example:
      specgraph parity specs/seed --backends torch,keras,tensorflow
      specgraph parity model.yaml --backends torch --report parity.json
      specgraph parity --report parity.html --report parity.xml
      specgraph parity --baseline parity.json
    """
    reports = import_module("specgraph.parity.reports")
    try:
        forms = {path: reports.form_of(path) for path in report or ()}
    except ValueError as error:
        console.fail(f"--report: {error}", console.USAGE)
    before = _before(baseline) if baseline is not None else None
    graphs = inputs.graphs(
        specs,
        settings,
        variants=variant,
        allowed=allow,
        form=format,
        status=console.USAGE,
    )
    wanted = _split(backends) if backends else inputs.installed()
    found = _run(graphs, wanted, _split(checks) if checks else None, dtype, steps, seed)
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
    raise typer.Exit(found.exit_code)


def _run(
    graphs: list[Graph],
    backends: list[str],
    checks: list[str] | None,
    dtype: str,
    steps: int,
    seed: int,
) -> Report:
    api = inputs.needing_numpy("specgraph.parity.api")
    dtypes = ("float64", "float32") if dtype == "all" else (dtype,)
    try:
        found: Report = api.parity(graphs, backends, checks, dtypes, steps, seed)
    except ValueError as error:
        console.fail(str(error), console.USAGE)
    return found


def _split(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


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

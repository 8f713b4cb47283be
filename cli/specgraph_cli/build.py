"""`specgraph build`: specs to source files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from specgraph.files import OutsideError, Target, plan_files, write_files
from specgraph.lower.plan import Plan
from specgraph_cli import console, inputs
from specgraph_cli.options import (
    Allowed,
    BackendNames,
    Format,
    Settings,
    Specs,
    VariantNames,
)

Only = Literal["model", "train"]
WORDS = {"new": "wrote", "changed": "wrote", "edited": "wrote", "same": "unchanged"}


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("build", short_help="Write models and training programs.")(build)


def build(
    specs: Specs = None,
    backend: BackendNames = None,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="The folder to write into.")
    ] = Path("build"),
    stdout: Annotated[
        bool, typer.Option("--stdout", help="Print the model instead of writing files.")
    ] = False,
    only: Annotated[
        Only | None,
        typer.Option("--only", help="Write one of the files.", show_default=False),
    ] = None,
    check: Annotated[
        bool,
        typer.Option(
            "--check", help="Write nothing; show a diff and exit 1 if files differ."
        ),
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Replace files that were edited, too.")
    ] = False,
    variant: VariantNames = None,
    settings: Settings = None,
    allow: Allowed = None,
    format: Format = "text",
) -> None:
    """Write a model (and its training program) for each spec and backend.

    Files go to OUT/NAME/BACKEND/model.py and train.py, those of a variant to
    OUT/NAME/VARIANT/BACKEND. A file that was edited since it
    was built is not replaced, and then nothing is written.

    \b
    Example:
      specgraph build specs/seed/mnist_cnn.yaml --backend torch
      specgraph build --backend all --check
      specgraph build model.yaml -b keras --stdout > model.py
      specgraph build resnet.yaml --variant resnet34 --set classes=10
    """
    json = format == "json"
    graphs = inputs.graphs(
        specs, settings, variants=variant, allowed=allow, form=format
    )
    backends = inputs.backends(backend)
    if stdout and (len(graphs), len(backends)) != (1, 1):
        console.fail(
            f"--stdout prints one file, not those of {len(graphs)} models and "
            f"{len(backends)} backends; name one of each",
            console.USAGE,
        )
    plans = inputs.plans(graphs, backends, form=format)
    texts = _texts(plans, only)
    if stdout:
        file = f"{_folder(plans[0])}/{only or 'model'}.py"
        console.write(texts[file].removesuffix("\n"))
        return
    try:
        targets = plan_files(out, texts)
    except OutsideError as error:
        console.fail(str(error), console.NO)
    if check:
        _compare(targets, json)
        return
    _refuse(targets, force)
    try:
        write_files(targets)
    except OSError as error:
        console.fail(f"cannot write: {error}", console.USAGE)
    if json:
        console.write_json({"passed": True, "files": _listed(targets)})
        return
    for target in targets:
        console.write(f"{WORDS[target.state]:9} {target.path}")


def _texts(plans: list[Plan], only: Only | None) -> dict[str, str]:
    """The files of all plans, by path below the output folder."""
    texts: dict[str, str] = {}
    owners: dict[str, str] = {}
    for plan in plans:
        name, file = plan.graph.name, plan.graph.file
        if owners.setdefault(name, file) != file:
            message = f"{owners[name]} and {file} are both called {name!r}"
            console.fail(f"{message}; their files would collide", console.NO)
        files = {k: v for k, v in plan.files.items() if only in (None, k[:-3])}
        if not files:
            console.fail(f"{file} has no `train` section", console.NO)
        texts |= {f"{_folder(plan)}/{key}": files[key] for key in files}
    return texts


def _folder(plan: Plan) -> str:
    """Where the files of a plan go, below the output folder."""
    graph = plan.graph
    return "/".join(filter(None, (graph.name, graph.variant, plan.backend)))


def _compare(targets: list[Target], json: bool) -> None:
    differing = [target for target in targets if target.state != "same"]
    if json:
        found = {"passed": not differing, "files": _listed(targets, diff=True)}
        console.write_json(found)
    else:
        for target in differing:
            console.write_diff(target.diff())
    if differing:
        count = f"{len(differing)} of {len(targets)} files"
        console.complain(f"{count} are not what the specs give")
        raise typer.Exit(console.NO)
    if not json:
        console.write(f"{len(targets)} files are what the specs give")


def _refuse(targets: list[Target], force: bool) -> None:
    edited = [target.path for target in targets if target.state == "edited"]
    blocked = [target.path for target in targets if target.state == "blocked"]
    for path in blocked:
        console.complain(f"{path} is no regular file")
    if edited and not force:
        for path in edited:
            console.complain(f"{path} was edited, or is not one of ours")
        hint = "--force replaces it" if len(edited) == 1 else "--force replaces them"
        blocked.append(edited[0])
        console.complain(f"hint: {hint}; `build --check` shows the difference")
    if blocked:
        console.fail("nothing was written", console.NO)


def _listed(targets: list[Target], diff: bool = False) -> list[dict[str, str]]:
    return [
        {
            "path": str(target.path),
            "state": target.state,
            **({"diff": target.diff()} if diff else {}),
        }
        for target in targets
    ]

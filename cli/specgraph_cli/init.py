"""`specgraph init`: a working spec to start from."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from specgraph.diagnostics import closest
from specgraph.spec.names import name_problem
from specgraph_cli import console

SUFFIX = ".yaml"


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("init", short_help="Write a spec to start from.")(init)


def init(
    path: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE.yaml",
            help="The file to write; its name is the model's.",
            show_default="specs/TEMPLATE.yaml",
        ),
    ] = None,
    template: Annotated[
        str, typer.Option("--template", "-t", help="What to start from.")
    ] = "cnn",
    listed: Annotated[
        bool, typer.Option("--list", help="List the templates instead.")
    ] = False,
) -> None:
    """Write a working spec from a template; never over a file that is there.

    \b
    Example:
      specgraph init --list
      specgraph init specs/digits.yaml --template cnn
    """
    texts = templates()
    if listed:
        rows = [(name, _description(text)) for name, text in texts.items()]
        console.table(("template", "what it is"), rows)
        return
    if template not in texts:
        near = closest(template, texts)
        hint = f"; did you mean {near}?" if near else f" ({', '.join(texts)})"
        console.fail(f"there is no template {template!r}{hint}", console.USAGE)
    target = path or Path("specs") / f"{template}{SUFFIX}"
    name = target.name.removesuffix(SUFFIX)
    if target.suffix != SUFFIX or name_problem(name):
        why = name_problem(name) or f"a spec's file ends in {SUFFIX}"
        console.fail(f"{target} cannot be the file of a spec: {why}", console.USAGE)
    _write(target, texts[template].replace(f"name: {template}\n", f"name: {name}\n", 1))
    console.write(f"wrote {target}")
    console.write(f"next: specgraph build {target} --backend torch")


def templates() -> dict[str, str]:
    """The specs that come with the command, by name."""
    folder = files("specgraph_cli") / "templates"
    found = sorted(folder.iterdir(), key=lambda file: file.name)
    return {
        file.name.removesuffix(SUFFIX): file.read_text(encoding="utf-8")
        for file in found
        if file.name.endswith(SUFFIX)
    }


def _description(text: str) -> str:
    start = "description: "
    line = next(line for line in text.splitlines() if line.startswith(start))
    return line.removeprefix(start)


def _write(target: Path, text: str) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        console.fail(f"{target} is there already; nothing was written", console.NO)
    except OSError as error:
        console.fail(f"cannot write: {error}", console.USAGE)

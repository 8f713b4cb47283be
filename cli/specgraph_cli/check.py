"""`specgraph check`: is every spec a model?"""

from __future__ import annotations

import typer

from specgraph_cli import console, inputs
from specgraph_cli.options import Allowed, BackendNames, Format, Settings, Specs


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("check", short_help="Say everything that is wrong with specs.")(check)


def check(
    specs: Specs = None,
    backend: BackendNames = None,
    settings: Settings = None,
    allow: Allowed = None,
    format: Format = "text",
) -> None:
    """Compile specs and say everything that is wrong with them, with lines.

    With --backend, say also what that backend has no way to write.

    \b
    Example:
      specgraph check specs/seed/mnist_cnn.yaml
      specgraph check --backend all --format json
    """
    json = format == "json"
    graphs = inputs.graphs(specs, settings, allowed=allow, json=json)
    if backend:
        inputs.plans(graphs, inputs.backends(backend), json=json)
    if json:
        files = [{"file": graph.file, "name": graph.name} for graph in graphs]
        console.write_json({"passed": True, "specs": files, "diagnostics": []})
        return
    for graph in graphs:
        console.write(f"{graph.file}: ok ({graph.count():,} parameters)")

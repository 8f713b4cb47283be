"""`specgraph check`: is every spec a model?"""

from __future__ import annotations

import typer

from specgraph.spec.params import ALL
from specgraph_cli import console, inputs
from specgraph_cli.options import (
    Allowed,
    BackendNames,
    ProblemFormat,
    Settings,
    Specs,
    VariantNames,
)
from specgraph_cli.problems import FORMS


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("check", short_help="Say everything that is wrong with specs.")(check)


def check(
    specs: Specs = None,
    backend: BackendNames = None,
    variant: VariantNames = None,
    settings: Settings = None,
    allow: Allowed = None,
    format: ProblemFormat = "text",
) -> None:
    """Compile specs and say everything that is wrong with them, with lines.

    Every variant is compiled, unless --variant names some. With --backend, say also what that backend has no way to write.

    \b
    Example:
      specgraph check specs/seed/mnist_cnn.yaml
      specgraph check --backend all --format json
      specgraph check --format github
    """
    graphs = inputs.graphs(
        specs,
        settings,
        variants=variant or (ALL,),
        allowed=allow,
        form=format,
        libraries=True,
    )
    if backend:
        inputs.plans(graphs, inputs.backends(backend), form=format)
    if format == "json":
        files = [
            {"file": graph.file, "name": graph.name, "variant": graph.variant}
            for graph in graphs
        ]
        console.write_json({"passed": True, "specs": files, "diagnostics": []})
        return
    if format == "sarif":
        FORMS[format](())
        return
    for graph in graphs:
        console.write(f"{inputs.title(graph)}: ok ({graph.count():,} parameters)")

"""`specgraph show`: a spec with nothing left open, or the graph it means."""

from __future__ import annotations

from typing import Annotated

import typer

from specgraph.ir.graph import Graph
from specgraph.ir.listing import graph_data, graph_text
from specgraph.ir.text import resolved as resolved_data
from specgraph.load import compile_spec
from specgraph.spec.schema import Spec
from specgraph_cli import console, inputs
from specgraph_cli.options import Depth, Format, Settings, Specs, VariantNames


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("show", short_help="Show a spec with every default, or its graph.")(
        show
    )


def show(
    specs: Specs = None,
    resolved: Annotated[
        bool,
        typer.Option("--resolved", help="The spec with every default written out."),
    ] = False,
    graph: Annotated[
        bool, typer.Option("--graph", help="The graph: every value with its type.")
    ] = False,
    depth: Depth = None,
    variant: VariantNames = None,
    settings: Settings = None,
    format: Format = "text",
) -> None:
    """Show what a spec means: resolved (unless said otherwise), as its graph, or both.

    \b
    Example:
      specgraph show model.yaml --resolved > resolved.yaml
      specgraph show model.yaml --graph --format json
    """
    json = format == "json"
    resolved = resolved or not graph
    found = inputs.each(specs, settings, _both, variants=variant, form=format)
    data = []
    for spec, compiled in found:
        parts = {
            "file": compiled.file,
            "variant": compiled.variant,
            "digest": compiled.digest,
        }
        if json:
            shown = {"resolved": resolved_data(spec, compiled)}
            data.append(
                parts
                | (shown if resolved else {})
                | ({"graph": graph_data(compiled)} if graph else {})
            )
            continue
        if len(found) > 1:
            console.write(f"# {inputs.title(compiled)}")
        if resolved:
            console.write(compiled.resolved.removesuffix("\n"))
        if graph:
            console.write(graph_text(compiled, depth).removesuffix("\n"))
    if json:
        console.write_json(data[0] if len(data) == 1 else data)


def _both(spec: Spec) -> tuple[Spec, Graph]:
    return spec, compile_spec(spec)

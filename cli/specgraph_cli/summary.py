"""`specgraph summary`: layers, shapes, parameters, multiply-adds."""

from __future__ import annotations

import typer

from specgraph.ops.dims import Dim
from specgraph.summary import Row, Summary, summarize
from specgraph_cli import console, inputs
from specgraph_cli.options import Depth, Format, Settings, Specs, VariantNames


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("summary", short_help="Show layers, shapes, parameters.")(summary)


def summary(
    specs: Specs = None,
    depth: Depth = None,
    variant: VariantNames = None,
    settings: Settings = None,
    format: Format = "text",
) -> None:
    """Show the layers of a model: what they give and what they cost.

    Multiply-adds are those of one example's forward pass.

    \b
    Example:
      specgraph summary specs/seed/text_lstm.yaml
      specgraph summary resnet.yaml --depth 0
      specgraph summary model.yaml --format json | jq .parameters
    """
    json = format == "json"
    graphs = inputs.graphs(specs, settings, variants=variant, form=format)
    found = [summarize(graph, depth) for graph in graphs]
    if json:
        data = [one.to_json() for one in found]
        console.write_json(data[0] if len(data) == 1 else data)
        return
    for number, one in enumerate(found):
        if number:
            console.write("")
        _show(one)


def _show(one: Summary) -> None:
    variant = f" --variant {one.variant}" if one.variant else ""
    console.write(f"{one.name} ({one.file}{variant})")
    rows = [
        (
            row.name,
            _op(row),
            ", ".join(row.outputs),
            f"{row.parameters + row.frozen:,}",
            _number(row.multiply_adds),
        )
        for row in one.rows
    ]
    head = ("layer", "op", "output", "parameters", "multiply-adds")
    console.table(head, rows, right="lllrr")
    console.write(f"trainable parameters: {one.parameters:,}")
    if one.frozen:
        console.write(f"frozen parameters: {one.frozen:,}")
    console.write(f"multiply-adds: {_number(one.multiply_adds)}")
    for name, size in one.least.items():
        console.write(f"least size of {name}: {size:,}")


def _op(row: Row) -> str:
    """What a layer is, and whose weights it uses."""
    if row.shares:
        return f"{row.op} (weights of {row.shares})"
    ties = ", ".join(f"{name} = {weight}" for name, weight in row.ties.items())
    return f"{row.op} ({ties})" if ties else row.op


def _number(dim: Dim) -> str:
    return f"{dim:,}" if isinstance(dim, int) else str(dim)

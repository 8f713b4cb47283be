"""`specgraph schema`: the language for editors."""

from __future__ import annotations

from typing import Annotated

import typer

from specgraph_cli import console


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("schema", short_help="Print the JSON Schema, for editors.")(schema)


def schema(
    report: Annotated[
        bool,
        typer.Option("--report", help="The schema of a parity report instead."),
    ] = False,
) -> None:
    """Print the JSON Schema of the language, by which editors complete and check.

    \b
    Example:
      specgraph schema > specgraph.schema.json
      # then, as a spec's first line:
      # yaml-language-server: $schema=specgraph.schema.json
      specgraph schema --report > report.schema.json
    """
    if report:
        from specgraph.parity.reports.schema import report_schema

        console.write_json(report_schema())
        return
    from specgraph.schema_json import language_schema

    console.write_json(language_schema())

"""`specgraph schema`: the language for editors."""

from __future__ import annotations

import typer

from specgraph_cli import console


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("schema", short_help="Print the JSON Schema, for editors.")(schema)


def schema() -> None:
    """Print the JSON Schema of the language, by which editors complete and check.

    \b
    Example:
      specgraph schema > specgraph.schema.json
      # then, as a spec's first line:
      # yaml-language-server: $schema=specgraph.schema.json
    """
    from specgraph.schema_json import language_schema

    console.write_json(language_schema())

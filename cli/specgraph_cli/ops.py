"""`specgraph ops`: the words of the language."""

from __future__ import annotations

import typer

from specgraph.backend import Backend
from specgraph.documentation import summary_of
from specgraph.ops import OPS
from specgraph.ops.base import Op
from specgraph.plugins import load_ops
from specgraph_cli import console, inputs
from specgraph_cli.options import Format


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("ops", short_help="List the ops.")(ops)


def ops(format: Format = "text") -> None:
    """List the ops, the attribute that a plain value sets, and who builds them.

    \b
    Example:
      specgraph ops
      specgraph ops --format json
    """
    load_ops()
    backends = inputs.backends(None)
    if format == "json":
        console.write_json([_data(op, backends) for op in OPS])
        return
    rows = [
        (
            op.label,
            op.leading or "",
            *("yes" if _builds(backend, op) else "no" for backend in backends),
            summary_of(op),
        )
        for op in OPS
    ]
    names = (backend.name for backend in backends)
    console.table(("op", "leading", *names, "what it does"), rows)


def _data(op: type[Op], backends: list[Backend]) -> dict[str, object]:
    return {
        "name": op.label,
        "leading": op.leading,
        "doc": summary_of(op),
        "attributes": list(op.model_fields),
        "backends": [backend.name for backend in backends if _builds(backend, op)],
    }


def _builds(backend: Backend, op: type[Op]) -> bool:
    rules = backend.rules
    return rules.find(op) is not None or rules.find_rewrite(op) is not None

"""`specgraph backends`: what specs can be built for."""

from __future__ import annotations

import importlib.util
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import typer

from specgraph.backend import Backend
from specgraph.ops import OPS
from specgraph_cli import console, inputs
from specgraph_cli.options import Format


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("backends", short_help="List the backends.")(backends)


def backends(format: Format = "text") -> None:
    """List the backends: the ops they build, and the framework each needs to run.

    \b
    Example:
      specgraph backends
    """
    found = inputs.backends(None)
    if format == "json":
        console.write_json([_data(backend) for backend in found])
        return
    rows = []
    for backend in found:
        data = _data(backend)
        needed = [f"{k} {v or '(not installed)'}" for k, v in data["requires"].items()]
        ops = f"{data['ops']} of {len(list(OPS))}"
        rows.append((backend.name, ops, ", ".join(needed), data["module"]))
    console.table(("backend", "ops", "framework", "module"), rows)


def _data(backend: Backend) -> dict[str, Any]:
    built = [
        op for op in OPS if backend.rules.find(op) or backend.rules.find_rewrite(op)
    ]
    return {
        "name": backend.name,
        "ops": len(built),
        "requires": {name: _version(name) for name in backend.requires},
        "module": type(backend).__module__,
    }


def _version(module: str) -> str | None:
    if importlib.util.find_spec(module) is None:
        return None
    try:
        return version(module)
    except PackageNotFoundError:
        return "installed"

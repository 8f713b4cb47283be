"""Loads emitted models, and hand-written ones beside them."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

from specgraph.load import compile_spec, load, plan_for

ROOT = Path(__file__).resolve().parents[1]


def module(path: Path) -> ModuleType:
    """A Python file as a module of its own."""
    name = f"bench_{path.parent.parent.name}_{path.stem}"
    found = importlib.util.spec_from_file_location(name, path)
    assert found is not None and found.loader is not None
    made = importlib.util.module_from_spec(found)
    found.loader.exec_module(made)
    return made


def emitted(folder: Path, spec: str, backend: str, variant: str = "") -> Any:
    """The class or function that makes the model of a spec, written below the folder."""
    graph = compile_spec(load(ROOT / "specs" / f"{spec}.yaml", variant=variant))
    plan = plan_for(graph, backend)
    path = folder / spec.replace("/", "_") / backend / "model.py"
    path.parent.mkdir(parents=True)
    path.write_text(plan.files["model.py"], encoding="utf-8")
    return getattr(module(path), plan.entry)

"""Emitted programs, imported as the files they are."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from specgraph.ir.graph import Graph
from specgraph.load import compile_spec, loads
from specgraph.lower.plan import Plan


@dataclass(frozen=True, slots=True)
class Program:
    """The two files of a spec for one backend, and what they were made from."""

    graph: Graph
    plan: Plan
    folder: Path
    model: ModuleType
    train: ModuleType

    def build(self) -> Any:
        """The model of model.py."""
        return getattr(self.model, self.plan.entry)()


Emit = Callable[[str, str], Program]


@pytest.fixture
def emit(tmp_path: Path) -> Iterator[Emit]:
    """A function from a spec's text and a backend's name to its program."""
    before = sys.modules.get("model")

    def emitted(text: str, backend: str) -> Program:
        graph = compile_spec(loads(text))
        found = import_module(f"specgraph_{backend}").backend
        plan = found.plan(graph)
        folder = tmp_path / backend
        folder.mkdir(exist_ok=True)
        for name, content in plan.files.items():
            (folder / name).write_text(content, encoding="utf-8")
        model = _imported("model", folder)
        return Program(graph, plan, folder, model, _imported("train", folder))

    yield emitted
    sys.modules.pop("model", None)
    sys.modules.pop("train", None)
    if before is not None:
        sys.modules["model"] = before


def _imported(name: str, folder: Path) -> ModuleType:
    spec = spec_from_file_location(name, folder / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def keras_float64() -> Iterator[None]:
    """Keras computing in float64."""
    import keras

    policy, floatx = keras.config.dtype_policy(), keras.config.floatx()
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    yield
    keras.config.set_floatx(floatx)
    keras.config.set_dtype_policy(policy)

"""Files of a framework's own format, read and written by that framework.

A backend may have `weight_files`: by ending, the module that is run for such a file as
`python -m MODULE FOLDER`.  The folder holds `request.json` and `model.py`, the emitted
model; tensors travel in `tensors.safetensors`, and the answer is `reply.json`:

    {"action": "read", "file": …, "entry": …, "keys": [the model's, …]}
        tensors by the file's keys;
        {"order": [key, …], "ours": [row, …], "theirs": [row, …], "ordered": bool}
    {"action": "write", "file": …, "entry": …}      takes tensors by the model's keys
    {"action": "rewrite", "file": …, "like": …}     takes tensors by the keys of `like`
    {"error": why the file cannot be read or written}

A row is {"key", "shape", "layer", "local", "label", "named", "kind"} (see `Layer`).  Where a format has
no layers of its own, the rows are left out and the keys say them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from specgraph.backend import Backend
from specgraph.lower.plan import Plan
from specgraph.plugins import backend_names, find_backend
from specgraph.reference.base import Array
from specgraph.weights.errors import WorkerError, refuse
from specgraph.weights.files import read_header, read_tensors, replacing, write_tensors
from specgraph.weights.layers import Layer

TIME_LIMIT = 900
"""Seconds that a framework may take."""


@runtime_checkable
class WithFiles(Protocol):
    """A backend whose framework has weight files of its own."""

    @property
    def weight_files(self) -> Mapping[str, str]:
        """By ending, the module that reads and writes them."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a framework found in a file."""

    tensors: dict[str, Array]
    """By the file's keys, in its order."""
    ours: list[Layer] = field(default_factory=list)
    theirs: list[Layer] = field(default_factory=list)
    """Both empty where the keys themselves say the layers."""
    ordered: bool = False
    """Whether file and model have the same layers under the same names."""


def endings(backend: Backend) -> dict[str, str]:
    """The module by ending of file."""
    return dict(backend.weight_files) if isinstance(backend, WithFiles) else {}


def module_for(backend: Backend, path: Path) -> str | None:
    """The module that reads and writes a file, by its ending."""
    found = [m for end, m in endings(backend).items() if path.name.endswith(end)]
    return found[0] if found else None


def any_module_for(path: Path) -> str | None:
    """The module that reads a file, of whatever installed backend."""
    for name in backend_names():
        found = module_for(find_backend(name), path)
        if found is not None:
            return found
    return None


def read(
    module: str, path: Path, plan: Plan | None = None, keys: Iterable[str] = ()
) -> Reading:
    """What a file holds, beside the tensors of the plan's model by these keys.

    Raises WeightsError.
    """
    if not path.is_file():
        raise refuse("no-such-file", f"there is no file {path}")
    request = {"action": "read", "file": _full(path), "keys": list(keys)}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        reply = _run(module, folder, plan, request)
        parcel = folder / "tensors.safetensors"
        infos = read_header(parcel).tensors
        tensors = read_tensors(parcel, {key: infos[key] for key in reply["order"]})
    return Reading(
        tensors,
        _layers(reply.get("ours", [])),
        _layers(reply.get("theirs", [])),
        bool(reply.get("ordered")),
    )


def write(module: str, path: Path, plan: Plan, tensors: Mapping[str, Array]) -> None:
    """Writes the model's tensors by its own keys; raises WeightsError."""
    with tempfile.TemporaryDirectory() as name, replacing(path) as draft:
        write_tensors(Path(name, "tensors.safetensors"), tensors, {})
        _run(module, Path(name), plan, {"action": "write", "file": _full(draft)})


def rewrite(module: str, path: Path, like: Path, tensors: Mapping[str, Array]) -> None:
    """Writes a copy of `like` with other tensors, by that file's keys."""
    with tempfile.TemporaryDirectory() as name, replacing(path) as draft:
        write_tensors(Path(name, "tensors.safetensors"), tensors, {})
        request = {"action": "rewrite", "file": _full(draft), "like": _full(like)}
        _run(module, Path(name), None, request)


def _full(path: Path) -> str:
    return str(path.resolve())


def _run(
    module: str, folder: Path, plan: Plan | None, request: dict[str, Any]
) -> dict[str, Any]:
    """The worker's answer; raises WeightsError, or WorkerError if there is none."""
    if plan is not None:
        (folder / "model.py").write_text(plan.files["model.py"], "utf-8")
        request = {**request, "entry": plan.entry}
    (folder / "request.json").write_text(json.dumps(request), "utf-8")
    # -P: a file of the working directory must not stand in for a framework's module.
    command = [sys.executable, "-P", "-m", module, str(folder)]
    quiet = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    try:
        done = subprocess.run(
            command, env=quiet, capture_output=True, text=True, timeout=TIME_LIMIT
        )
    except subprocess.TimeoutExpired:
        raise WorkerError(f"{module} took more than {TIME_LIMIT} s") from None
    answer = folder / "reply.json"
    if done.returncode or not answer.is_file():
        last = "\n".join(done.stderr.strip().splitlines()[-20:])
        raise WorkerError(f"{module} ended with status {done.returncode}:\n{last}")
    reply: dict[str, Any] = json.loads(answer.read_text("utf-8"))
    if "error" in reply:
        raise refuse("weights-file", str(reply["error"]))
    return reply


def _layers(rows: list[dict[str, Any]]) -> list[Layer]:
    """The layers of a reply's rows, in the order of their first."""
    found: dict[str, Layer] = {}
    for row in rows:
        name = row["layer"]
        layer = found.get(name)
        if layer is None:
            layer = Layer(name, row["label"], {}, {}, row["named"], row["kind"])
            found[name] = layer
        layer.keys[row["local"]] = row["key"]
        layer.shapes[row["local"]] = tuple(row["shape"])
    return list(found.values())

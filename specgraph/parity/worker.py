"""The process that runs emitted files: `python -m specgraph.parity.worker MODULE DTYPE`.

It reads one job a line (JSON) and writes one reply a line; arrays lie in files.  What
a framework prints goes to stderr.  A job carries all it needs, so a worker can be
replaced between any two.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import sys
import traceback
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any, TextIO

import numpy as np

from specgraph.parity.arrays import read_arrays, write_arrays
from specgraph.parity.runtime import Array, Model, Runtime
from specgraph.parity.watch import ProfileWatch

OPEN_MODELS = 4
"""Models kept between jobs."""
_numbers = count()


class Server:
    """Does jobs with one runtime."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.models: dict[str, Model] = {}
        self.modules: dict[str, ModuleType] = {}
        self.weights: dict[str, Array] = {}

    def do(self, job: Mapping[str, Any]) -> dict[str, Any]:
        """The reply to a job; raises whatever the emitted file or framework does."""
        model = self._model(job["model"])
        if "weights" in job:
            self.weights = read_arrays(job["weights"])
            model.assign(self.weights)
        arrays = read_arrays(job["arrays"]) if "arrays" in job else {}
        found: dict[str, Array] = getattr(self, f"_{job['kind']}")(job, model, arrays)
        write_arrays(job["out"], found)
        return {"trained": model.trained}

    def _start(
        self, job: Mapping[str, Any], model: Model, arrays: dict[str, Array]
    ) -> dict[str, Array]:
        """The tensors as the model has them: it is new, since this job comes first."""
        return _weights(model)

    def _describe(
        self, job: Mapping[str, Any], model: Model, arrays: dict[str, Array]
    ) -> dict[str, Array]:
        return _weights(model)

    def _run(
        self, job: Mapping[str, Any], model: Model, arrays: dict[str, Array]
    ) -> dict[str, Array]:
        masks = _masks(arrays)
        given, cotangents = _group(arrays, "input"), _group(arrays, "cotangent")
        # Some models take them by position, and a file of arrays keeps no order.
        inputs = {name: given[name] for name in job["model"]["inputs"]}
        found = model.run(inputs, job["training"], masks, cotangents)
        if job["training"]:
            found |= self._changed(model)
        if job["later"]:
            for name, array in model.run(inputs, False, {}, {}).items():
                if name.startswith("output:"):
                    found[f"later:{name}"] = array
        return found

    def _changed(self, model: Model) -> dict[str, Array]:
        """The tensors that are not what they were set to."""
        return {
            f"weight:{key}": array
            for key, array in model.tensors().items()
            if key not in self.weights or not np.array_equal(array, self.weights[key])
        }

    def _loss(
        self, job: Mapping[str, Any], model: Model, arrays: dict[str, Array]
    ) -> dict[str, Array]:
        program = self._program(job["model"])
        return model.loss(program.loss, *_batch(arrays))

    def _train(
        self, job: Mapping[str, Any], model: Model, arrays: dict[str, Array]
    ) -> dict[str, Array]:
        program = self._program(job["model"])
        steps = range(job["steps"])
        batches = [_batch(_group(arrays, str(step))) for step in steps]
        for step, result in enumerate(model.train(program, batches)):
            # A file each: all steps of a large model at once would fill the memory.
            write_arrays(part_of(job["out"], step), result)
        return {}

    def _model(self, description: Mapping[str, Any]) -> Model:
        path = description["path"]
        if path not in self.models:
            while len(self.models) >= OPEN_MODELS:
                oldest = next(iter(self.models))
                del self.models[oldest], self.modules[oldest]
            module = self.modules[path] = import_file(path)
            taps = [(tuple(span), *rest) for span, *rest in description["taps"]]
            again = {int(tap): use for tap, use in description["again"].items()}
            watch = ProfileWatch(
                path, taps, description["siblings"], description["runs"], again
            )
            entry = getattr(module, description["entry"])
            self.models[path] = self.runtime.open(entry, watch)
        return self.models[path]

    def _program(self, description: Mapping[str, Any]) -> ModuleType:
        """train.py, which imports the model.py beside it as `model`."""
        path = description["path"]
        sys.modules["model"] = self.modules[path]
        return import_file(str(Path(path).with_name("train.py")))


def _weights(model: Model) -> dict[str, Array]:
    return {f"weight:{key}": array for key, array in model.tensors().items()}


def part_of(out: str, step: int) -> str:
    """The file that holds one step of a result."""
    return f"{out}.{step}"


def import_file(path: str) -> ModuleType:
    """A Python file as a module of its own, though others have its name."""
    name = f"{Path(path).stem}_{next(_numbers)}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def account_of(error: Exception, folder: Path) -> dict[str, Any]:
    """What was raised, the lines of a folder's files that led there, and all lines."""
    frames = [
        (frame.filename, frame.lineno)
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    if isinstance(error, SyntaxError) and error.filename is not None:
        frames.append((error.filename, error.lineno))
    return {
        "error": "".join(traceback.format_exception_only(error)).strip(),
        "frames": [
            [Path(file).name, line]
            for file, line in frames
            if Path(file).parent == folder
        ],
        "traceback": "".join(traceback.format_exception(error)).strip(),
    }


def _group(arrays: Mapping[str, Array], prefix: str) -> dict[str, Array]:
    """The arrays whose name begins with a prefix and a colon, without those."""
    start = f"{prefix}:"
    return {k[len(start) :]: v for k, v in arrays.items() if k.startswith(start)}


def _masks(arrays: Mapping[str, Array]) -> dict[int, Array]:
    return {int(tap): mask for tap, mask in _group(arrays, "mask").items()}


def _batch(arrays: Mapping[str, Array]) -> tuple[dict[str, Array], dict[int, Array]]:
    return _group(arrays, "batch"), _masks(arrays)


def peak() -> int:
    """The most bytes of memory that this process has held; 0 where none can say.

    What `getrusage` tells of a child on Linux counts what its parent held before it
    became this program, so the kernel's own page on the process is read there.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    try:
        resource = importlib.import_module("resource")
    except ModuleNotFoundError:  # Windows
        return 0
    most = int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    return most if sys.platform == "darwin" else most * 1024


def _claimed_stdout() -> TextIO:
    """The real stdout; whatever else is printed goes to stderr."""
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return replies


def serve(module: str, dtype: str) -> None:
    """Starts the runtime and does jobs until stdin ends."""
    replies = _claimed_stdout()

    def reply(message: Mapping[str, Any]) -> None:
        replies.write(json.dumps(message) + "\n")
        replies.flush()

    runtime: Runtime = importlib.import_module(module).Runtime(dtype)
    server = Server(runtime)
    reply({"ready": True, "environment": dict(runtime.environment)})
    for line in sys.stdin:
        job = json.loads(line)
        try:
            told = {"ok": True, **server.do(job)}
        except Exception as error:
            told = account_of(error, Path(job["model"]["path"]).parent)
            told["ok"] = False
        reply({"id": job["id"], "peak": peak(), **told})


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2])

"""specgraph: neural-network model specs to source code, with proof of parity.

`load` reads a spec, `build` gives the files of a backend, `parity` compares backends:

    import specgraph

    files = specgraph.build("specs/seed/mnist_cnn.yaml", "torch")
    report = specgraph.parity("specs/seed/mnist_cnn.yaml", ["torch", "keras"])
    assert report.passed, report.table()

A spec that is refused raises `SpecError`, which carries every problem with its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from os import PathLike
from typing import TYPE_CHECKING

from specgraph.diagnostics import Diagnostic, Location, SpecError
from specgraph.load import compile_spec, load, loads, plan_for
from specgraph.plugins import PluginError
from specgraph.spec.schema import Spec
from specgraph.version import VERSION as __version__

if TYPE_CHECKING:
    from specgraph.parity.report import Report

__all__ = [
    "Diagnostic",
    "Location",
    "PluginError",
    "Spec",
    "SpecError",
    "__version__",
    "build",
    "load",
    "loads",
    "parity",
]


def build(spec: Spec | str | PathLike[str], backend: str) -> dict[str, str]:
    """The files that a backend writes for a spec or the spec in a file, by name.

    `model.py`, and `train.py` where the spec has a `train` section.  Raises SpecError
    for a spec that is refused or that the backend has no way to say, and PluginError
    for a backend that is not there.
    """
    found = spec if isinstance(spec, Spec) else load(spec)
    return dict(plan_for(compile_spec(found), backend).files)


def parity(
    specs: Spec | str | PathLike[str] | Iterable[Spec | str | PathLike[str]],
    backends: Sequence[str] = ("torch", "keras"),
    checks: Iterable[str] | None = None,
    dtypes: Sequence[str] = ("float64", "float32"),
    steps: int = 10,
    seed: int = 0,
) -> Report:
    """Whether backends compute what specs say: emits, runs and compares.

    Every backend is compared with the NumPy reference and, in float64, with every
    other.  `checks` is a choice of `specgraph.parity.report.CHECKS`, `steps` the number
    of optimizer steps.  The report has `passed`, `table()` and `to_json()`.  Raises
    SpecError for a spec that is refused, and ValueError for a check or dtype that does
    not exist; a backend that is missing or dies is a failure in the report.  Needs
    NumPy, and the frameworks of the backends.
    """
    from specgraph.parity.api import parity as compare

    return compare(specs, backends, checks, dtypes, steps, seed)

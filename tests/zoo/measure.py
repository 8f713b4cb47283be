"""Measures how equal the zoo is to its originals: `python -m tests.zoo.measure`.

Writes `docs/zoo.json`, of which `docs/generate.py` makes `docs/zoo.md`.
"""

from __future__ import annotations

import datetime
import json
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from specgraph.files import write_file
from specgraph.parity.pool import Pool
from tests.zoo import test_keras_applications as applications
from tests.zoo import test_transformers as transformers
from tests.zoo.equality import ROOT, Errors

FILE = ROOT / "docs" / "zoo.json"
VERSIONS = ("torch", "tensorflow", "keras", "transformers")


def main(names: list[str]) -> None:
    """Measures all pairs, or those that are named, and keeps the rest."""
    before = json.loads(FILE.read_text("utf-8")) if FILE.exists() else {}
    models: dict[str, Any] = before.get("models", {})
    for name, (spec, against, measured) in sorted(all_pairs().items()):
        if names and name not in names:
            continue
        worst = worst_of([measured(training) for training in (False, True)])
        models[name] = {"spec": spec, "against": against, "errors": worst}
        print(name, worst, flush=True)
        found = {
            "date": datetime.date.today().isoformat(),
            "versions": {package: version(package) for package in VERSIONS},
            "models": models,
        }
        write_file(FILE, json.dumps(found, indent=1, sort_keys=True) + "\n")


def all_pairs() -> dict[str, tuple[str, str, Callable[[bool], Errors]]]:
    """By name, the spec, what it is held against, and the measurement by mode."""
    found: dict[str, tuple[str, str, Callable[[bool], Errors]]] = {}
    for name, theirs in transformers.PAIRS.items():
        against = f"transformers, {theirs.model}"
        found[f"transformers-{name}"] = (
            theirs.spec,
            against,
            partial(of_transformers, theirs),
        )
    for name, pair in applications.PAIRS.items():
        spec = f"{pair.spec} --variant {pair.variant}" if pair.variant else pair.spec
        found[f"keras-{name}"] = (
            spec,
            f"keras.applications, {pair.model}",
            partial(of_applications, pair),
        )
    return found


def of_transformers(pair: transformers.Pair, training: bool) -> Errors:
    with tempfile.TemporaryDirectory() as folder, Pool(1200) as pool:
        return transformers.errors(pair, training, pool, Path(folder))


def of_applications(pair: applications.Pair, training: bool) -> Errors:
    with tempfile.TemporaryDirectory() as folder:
        return applications.errors(pair, training, Path(folder))


def worst_of(found: list[Errors]) -> dict[str, dict[str, float]]:
    """By backend, the largest of each error; two digits, or runs would all differ."""
    return {
        backend: {
            kind: float(f"{max(one[backend][kind] for one in found):.1e}")
            for kind in errors
        }
        for backend, errors in found[0].items()
    }


if __name__ == "__main__":
    main(sys.argv[1:])

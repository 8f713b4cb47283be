"""The map file: names in a foreign weight file to names in the model."""

from __future__ import annotations

import os
from os import PathLike
from pathlib import Path

from specgraph.diagnostics import Problems
from specgraph.spec import source
from specgraph.spec.nodes import Mapping, Scalar
from specgraph.weights.errors import refuse

FORM = (
    "--map takes a YAML or JSON file with a line for each layer or tensor that it "
    "decides, its name in the weight file and in the model: `features.0: conv2d`"
)


def read_pairs(path: str | PathLike[str]) -> dict[str, str]:
    """The pairs of a YAML or JSON file `{"conv1": "conv2d", …}`; raises SpecError."""
    if not Path(path).exists():
        raise refuse("no-such-file", f"there is no file {os.fspath(path)}", FORM)
    root = source.read(path).root
    problems = Problems()
    if not isinstance(root, Mapping):
        problems.fail(
            "weights-map", "a map is foreign name: name in the model", root, FORM
        )
    found: dict[str, str] = {}
    taken: dict[str, str] = {}
    for name, node in root.items.items():
        if not isinstance(node, Scalar) or node.value is None:
            problems.add("weights-map", f"{name} needs one name in the model", node)
            continue
        first = taken.setdefault(node.text, name)
        if first != name:
            problems.add("weights-map", f"{node.text} is {first} already", node)
        found[name] = node.text
    problems.raise_if_any()
    return found

"""The map file: names in a foreign weight file to names in the model."""

from __future__ import annotations

from os import PathLike

from specgraph.diagnostics import Problems
from specgraph.spec import source
from specgraph.spec.nodes import Mapping, Scalar


def read_pairs(path: str | PathLike[str]) -> dict[str, str]:
    """The pairs of a YAML or JSON file `{"conv1": "conv2d", …}`; raises SpecError."""
    root = source.read(path).root
    problems = Problems()
    if not isinstance(root, Mapping):
        problems.fail("weights-map", "a map is foreign name: name in the model", root)
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

"""From a file to a graph: what every command and the Python API begin with."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike

from specgraph import plugins
from specgraph.ir.build import build_graph
from specgraph.ir.graph import Graph
from specgraph.ir.text import resolved_text
from specgraph.passes.pipeline import canonicalize
from specgraph.spec import source
from specgraph.spec.check import check_document
from specgraph.spec.schema import Spec


def load(path: str | PathLike[str], set: Mapping[str, object] | None = None) -> Spec:
    """The spec in a file, `set` in place of its params' values; raises SpecError."""
    plugins.load_ops()
    return check_document(source.read(path), set)


def loads(
    text: str, name: str = "spec.yaml", set: Mapping[str, object] | None = None
) -> Spec:
    """The spec in a text; `name` stands for the file in messages."""
    plugins.load_ops()
    return check_document(source.parse(text, name), set)


def compile_spec(spec: Spec) -> Graph:
    """The canonical graph of a spec: typed, resolved, verified; raises SpecError."""
    graph = build_graph(spec)
    graph.resolved = resolved_text(spec, graph)
    return canonicalize(graph)

"""From a file to a graph: what every command and the Python API begin with."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike

from specgraph import plugins
from specgraph.collector import collector_paused
from specgraph.diagnostics import Problems
from specgraph.ir.build import build_graph, look_further
from specgraph.ir.graph import Graph
from specgraph.ir.text import resolved_text
from specgraph.lower.plan import Plan
from specgraph.passes.pipeline import canonicalize
from specgraph.spec import source
from specgraph.spec.check import read_document
from specgraph.spec.schema import Spec
from specgraph.spec.source import Document


def load(path: str | PathLike[str], set: Mapping[str, object] | None = None) -> Spec:
    """The spec in a file, `set` in place of its params' values.

    Raises SpecError with every problem; shapes are looked at where all else is well.
    """
    with collector_paused():
        return _checked(source.read(path), set)


def loads(
    text: str, name: str = "spec.yaml", set: Mapping[str, object] | None = None
) -> Spec:
    """The spec in a text; `name` stands for the file in messages."""
    with collector_paused():
        return _checked(source.parse(text, name), set)


def _checked(document: Document, overrides: Mapping[str, object] | None) -> Spec:
    plugins.load_ops()
    problems = Problems()
    spec = read_document(document, problems, overrides)
    if problems and spec is not None:
        look_further(spec, problems)
    problems.raise_if_any()
    assert spec is not None
    return spec


def compile_spec(spec: Spec) -> Graph:
    """The canonical graph of a spec: typed, resolved, verified; raises SpecError."""
    with collector_paused():
        graph = build_graph(spec)
        graph.resolved = resolved_text(spec, graph)
        return canonicalize(graph)


def plan_for(graph: Graph, backend: str) -> Plan:
    """The files and maps of a graph in a backend by name.

    Raises SpecError for what the backend cannot build, PluginError for one that is not
    there.
    """
    with collector_paused():
        return plugins.find_backend(backend).plan(graph)

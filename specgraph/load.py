"""From a file to a graph: what every command and the Python API begin with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from os import PathLike

from specgraph import plugins
from specgraph.collector import collector_paused
from specgraph.diagnostics import Problems, SpecError
from specgraph.ir.build import build_graph, look_further
from specgraph.ir.graph import Graph
from specgraph.ir.text import resolved_text
from specgraph.lower.plan import Plan
from specgraph.passes.pipeline import canonicalize
from specgraph.spec import source
from specgraph.spec.check import read_document
from specgraph.spec.include import is_library
from specgraph.spec.schema import Spec
from specgraph.spec.source import Document
from specgraph.spec.source import Mapping as YamlMapping


def load(
    path: str | PathLike[str],
    set: Mapping[str, object] | None = None,
    variant: str = "",
) -> Spec:
    """The spec in a file, or a variant of it, `set` in place of its params' values.

    Raises SpecError with every problem; shapes are looked at where all else is well.
    """
    with collector_paused():
        return check_document(source.read(path), set, variant)


def loads(
    text: str,
    name: str = "spec.yaml",
    set: Mapping[str, object] | None = None,
    variant: str = "",
) -> Spec:
    """The spec in a text; `name` stands for the file in messages."""
    with collector_paused():
        return check_document(source.parse(text, name), set, variant)


def check_document(
    document: Document,
    overrides: Mapping[str, object] | None = None,
    variant: str = "",
) -> Spec:
    """The spec in a document; raises SpecError with every problem."""
    plugins.load_ops()
    with _told_of(document, variant):
        return _checked(document, overrides, variant)


def _checked(
    document: Document, overrides: Mapping[str, object] | None, variant: str
) -> Spec:
    problems = Problems()
    if is_library(document):
        message = "this is a library: it has `blocks` for other files, and no `layers`"
        problems.fail("library", message, document.root)
    spec = read_document(document, problems, overrides, variant)
    if problems and spec is not None:
        look_further(spec, problems)
    problems.raise_if_any()
    assert spec is not None
    return spec


@contextmanager
def _told_of(document: Document, variant: str) -> Iterator[None]:
    """What is refused meanwhile is told to be of the variant."""
    try:
        yield
    except SpecError as error:
        root = document.root
        variants = root.items.get("variants") if isinstance(root, YamlMapping) else None
        if not isinstance(variants, YamlMapping) or variant not in variants.keys:
            raise
        use = (f"variant {variant}", variants.keys[variant].at)
        found = (replace(d, chain=(use, *d.chain)) for d in error.diagnostics)
        raise SpecError(*found) from None


def compile_spec(spec: Spec) -> Graph:
    """The canonical graph of a spec: typed, resolved, verified; raises SpecError."""
    with collector_paused(), _told_of(spec.document, spec.variant):
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

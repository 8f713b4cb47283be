"""Random specs with the libraries that they include."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hypothesis import strategies as st

from specgraph.spec.dump import dump
from specgraph.testing.edits.places import mentioned, texts
from specgraph.testing.generate import specs
from specgraph.testing.sight import Data

OUTER, INNER = "parts/blocks.yaml", "parts/inner.yaml"


@dataclass(frozen=True, slots=True)
class Project:
    """A spec, and the files that it includes by their paths from it."""

    spec: Data
    libraries: dict[str, Data]

    @property
    def variants(self) -> tuple[str, ...]:
        """The spec as it stands, and its variants."""
        return ("", *self.spec.get("variants", ()))

    @property
    def text(self) -> str:
        """All files, one after another."""
        files = {"spec.yaml": self.spec, **self.libraries}
        return "\n".join(f"# {name}\n{dump(data)}" for name, data in files.items())

    def write(self, folder: Path) -> Path:
        """Writes the files; where the spec is."""
        for name, data in {"spec.yaml": self.spec, **self.libraries}.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dump(data), encoding="utf-8")
        return folder / "spec.yaml"


@st.composite
def projects(draw: st.DrawFn) -> Project:
    """A spec that compiles, some of its blocks in libraries."""
    data = draw(specs())
    blocks: dict[str, Data] = data.get("blocks", {})
    moved = draw(st.lists(st.sampled_from(sorted(blocks)))) if blocks else []
    if not moved:
        return Project(data, {})
    inner = _closed(blocks, set(moved[:1]))
    outer = _closed(blocks, set(moved)) - inner
    libraries = {INNER: _library(data, inner)}
    entry = INNER
    if outer:
        libraries[OUTER] = {"include": ["inner.yaml"], **_library(data, outer)}
        entry = OUTER
    kept = {name: blocks[name] for name in blocks if name not in inner | outer}
    rest = {key: value for key, value in data.items() if key != "blocks"}
    if any("params" in library for library in libraries.values()):
        rest.pop("variants", None)  # libraries have values of their own
    head = {"specgraph": rest.pop("specgraph"), "include": [entry]}
    spec = {**head, **rest, **({"blocks": kept} if kept else {})}
    return Project(spec, libraries)


def _closed(blocks: dict[str, Data], names: set[str]) -> set[str]:
    """The blocks, and those that they call."""
    more = {text for name in names for text in texts(blocks[name]) if text in blocks}
    return names if more <= names else _closed(blocks, names | more)


def _library(data: Data, names: set[str]) -> Data:
    """A library of blocks, with the parameters of the spec that they use."""
    blocks = {name: block for name, block in data["blocks"].items() if name in names}
    used = mentioned(blocks)
    params = {k: value for k, value in data.get("params", {}).items() if k in used}
    return {**({"params": params} if params else {}), "blocks": blocks}

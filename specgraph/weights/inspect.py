"""What a weight file holds, without a spec."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from specgraph.weights import native
from specgraph.weights.canonical import KEY, Manifest, manifest_of
from specgraph.weights.errors import refuse
from specgraph.weights.files import DTYPES, read_header
from specgraph.weights.formats import SAFETENSORS


@dataclass(frozen=True, slots=True)
class Entry:
    """One tensor of a file."""

    key: str
    shape: tuple[int, ...]
    dtype: str

    @property
    def size(self) -> int:
        """The number of elements."""
        return math.prod(self.shape)


@dataclass(frozen=True, slots=True)
class Inspection:
    """The tensors of a file, and its manifest if it is a canonical one."""

    path: Path
    entries: tuple[Entry, ...]
    manifest: Manifest | None = None

    @property
    def size(self) -> int:
        """The number of elements of all tensors."""
        return sum(entry.size for entry in self.entries)

    def to_json(self) -> dict[str, Any]:
        """Plain data for tools."""
        return {
            "file": str(self.path),
            "size": self.size,
            "manifest": asdict(self.manifest) if self.manifest else None,
            "tensors": [
                {"key": e.key, "shape": list(e.shape), "dtype": e.dtype, "size": e.size}
                for e in self.entries
            ],
        }


def inspect(path: str | PathLike[str]) -> Inspection:
    """What a weight file of any installed backend holds; raises WeightsError."""
    where = Path(path)
    if where.name.endswith(SAFETENSORS):
        header = read_header(where)
        entries = tuple(
            Entry(key, info.shape, DTYPES[info.dtype].name)
            if info.dtype in DTYPES
            else Entry(key, info.shape, info.dtype.lower())
            for key, info in header.tensors.items()
        )
        found = manifest_of(where, header) if KEY in header.metadata else None
        return Inspection(where, entries, found)
    module = native.any_module_for(where)
    if module is None:
        raise refuse("weights-file", f"{where}: no backend reads files of this ending")
    tensors = native.read(module, where).tensors
    return Inspection(
        where,
        tuple(Entry(key, a.shape, a.dtype.name) for key, a in tensors.items()),
    )

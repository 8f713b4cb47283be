"""The canonical weight file: safetensors, keys are spec paths, axes are Keras's.

Gates are one tensor each (`lstm.kernel.i`), though in memory they are one.  The
manifest, JSON under the metadata key `specgraph`, says which spec the weights are of.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from specgraph.diagnostics import Problems
from specgraph.ir.graph import Graph, Node
from specgraph.reference.base import Array
from specgraph.version import VERSION
from specgraph.weights.errors import refuse
from specgraph.weights.files import (
    Header,
    common_dtype,
    read_header,
    read_tensors,
    write_tensors,
)
from specgraph.weights.keys import check_keys
from specgraph.weights.maps import NO_MAP, NameMap

FORMAT = 1
KEY = "specgraph"
FLOATS = ("F16", "F32", "F64")

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a canonical file says of itself."""

    spec: str
    semantics: str
    digest: str
    """SHA-256 of the resolved spec."""
    dtype: str
    producer: str
    format: int = FORMAT


@dataclass(frozen=True, slots=True)
class Canonical:
    """The weights of a canonical file, gates joined, by path."""

    tensors: dict[str, Array]
    manifest: Manifest
    notes: tuple[str, ...] = ()


def key_shapes(graph: Graph) -> dict[str, Shape]:
    """The keys of a graph's canonical file and their shapes."""
    found = {}
    for path, param in graph.parameters().items():
        if not param.gates:
            found[path] = param.shape
            continue
        *outer, last = param.shape
        for gate in param.gates:
            found[f"{path}.{gate}"] = (*outer, last // len(param.gates))
    return found


def _keyed(graph: Graph) -> dict[str, Node]:
    """The layer that each key holds a weight of."""
    return {
        f"{node.name}.{param.name}{gate}": node
        for node in graph.walk()
        for param in node.own_params
        for gate in [f".{gate}" for gate in param.gates] or [""]
    }


def split_gates(graph: Graph, tensors: Mapping[str, Array]) -> dict[str, Array]:
    """The tensors as a file has them."""
    found: dict[str, Array] = {}
    for path, param in graph.parameters().items():
        if not param.gates:
            found[path] = tensors[path]
            continue
        parts = np.split(tensors[path], len(param.gates), -1)
        keys = (f"{path}.{gate}" for gate in param.gates)
        found.update(zip(keys, parts, strict=True))
    return found


def join_gates(graph: Graph, tensors: Mapping[str, Array]) -> dict[str, Array]:
    """The tensors as they are in memory."""
    found = {}
    for path, param in graph.parameters().items():
        if param.gates:
            parts = [tensors[f"{path}.{gate}"] for gate in param.gates]
            found[path] = np.concatenate(parts, -1)
        else:
            found[path] = tensors[path]
    return found


def write(path: Path, graph: Graph, tensors: Mapping[str, Array]) -> None:
    """Writes the weights of a graph, all of them, gates joined; raises WeightsError."""
    expected = {p: param.shape for p, param in graph.parameters().items()}
    check_keys(str(path), expected, {p: array.shape for p, array in tensors.items()})
    manifest = Manifest(
        graph.name,
        graph.semantics,
        graph.digest,
        common_dtype(tensors.values()).name,
        f"specgraph {VERSION}",
    )
    text = json.dumps(asdict(manifest), sort_keys=True)
    write_tensors(path, split_gates(graph, tensors), {KEY: text})


def read(path: Path, graph: Graph, names_now: NameMap = NO_MAP) -> Canonical:
    """The weights of a graph; SpecError lists whatever does not fit.

    `names_now` has the file's keys, or their beginnings, to what they are called now.
    """
    header = read_header(path)
    manifest = manifest_of(path, header)
    renamed = _renames(names_now, header)
    names = {key: _renamed(key, renamed) for key in header.tensors}
    _check_renames(path, renamed, names)
    shapes = {names[key]: info.shape for key, info in header.tensors.items()}
    check_keys(str(path), key_shapes(graph), shapes, _keyed(graph))
    for key, info in header.tensors.items():
        if info.dtype not in FLOATS:
            raise refuse("weights-dtype", f"{path}: {key} is {info.dtype}, no float")
    found = read_tensors(path, header.tensors)
    tensors = join_gates(graph, {names[key]: array for key, array in found.items()})
    return Canonical(tensors, manifest, tuple(_notes(manifest, graph)))


def manifest_of(path: Path, header: Header) -> Manifest:
    """The manifest in a file's metadata; raises WeightsError."""
    text = header.metadata.get(KEY)
    if text is None:
        raise refuse(
            "weights-file",
            f"{path} is no canonical weight file: it has no manifest",
            "say what wrote it, as in torch:FILE or keras:FILE",
        )
    try:
        found = json.loads(text)
        if found["format"] != FORMAT:
            raise refuse(
                "weights-format",
                f"{path} is a canonical weight file of format "
                f"{str(found['format'])[:20]}; this version reads {FORMAT}",
            )
        return Manifest(
            str(found["spec"]),
            str(found["semantics"]),
            str(found["digest"]),
            str(found["dtype"]),
            str(found["producer"]),
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise refuse("weights-file", f"{path}: its manifest is broken") from error


def _notes(manifest: Manifest, graph: Graph) -> Iterator[str]:
    if manifest.digest != graph.digest:
        yield (
            f"the file was written for {manifest.spec} {manifest.digest[:12]}, this is "
            f"{graph.name} {graph.digest[:12]}; keys and shapes agree"
        )


def _renames(names: NameMap, header: Header) -> dict[str, str]:
    """What the map calls the file's keys and their beginnings; raises SpecError."""
    keys = [key.split(".") for key in header.tensors]
    starts = {
        ".".join(key[:end]): None for key in keys for end in range(1, len(key) + 1)
    }
    problems = Problems()
    found = {}
    for name, target in names.targets(starts).items():
        if target.plain:
            found[name] = target.names[0]
        else:
            message = f"{name} of a canonical file needs one name, and nothing else"
            problems.add("weights-map", message, target.node)
    problems.raise_if_any()
    return found


def _renamed(key: str, renames: Mapping[str, str]) -> str:
    """The key, the longest beginning of it that `renames` has replaced."""
    end = len(key)
    while end > 0:
        if key[:end] in renames:
            return renames[key[:end]] + key[end:]
        end = key.rfind(".", 0, end)
    return key


def _check_renames(
    path: Path, renames: Mapping[str, str], names: Mapping[str, str]
) -> None:
    for old in renames:
        if not any(key == old or key.startswith(f"{old}.") for key in names):
            raise refuse("weights-map", f"{path} has no {old}, which the map names")
    if len(set(names.values())) < len(names):
        raise refuse("weights-map", "the map gives two tensors one name")

"""Safetensors files: read with care, written whole or not at all.

A file may come from a stranger.  Only the safetensors library parses it; shapes and
dtypes are known, and held against what is expected, before any data is read.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from specgraph.reference.base import Array
from specgraph.weights.errors import refuse

DTYPES: dict[str, np.dtype[Any]] = {
    "F16": np.dtype("float16"),
    "F32": np.dtype("float32"),
    "F64": np.dtype("float64"),
    "I8": np.dtype("int8"),
    "I16": np.dtype("int16"),
    "I32": np.dtype("int32"),
    "I64": np.dtype("int64"),
    "U8": np.dtype("uint8"),
    "U16": np.dtype("uint16"),
    "U32": np.dtype("uint32"),
    "U64": np.dtype("uint64"),
    "BOOL": np.dtype("bool"),
}
"""The dtypes that NumPy holds, by safetensors' names."""


@dataclass(frozen=True, slots=True)
class Info:
    """What a file says of one tensor before its data is read."""

    shape: tuple[int, ...]
    dtype: str
    """As safetensors names it: `F32`."""


@dataclass(frozen=True, slots=True)
class Header:
    """The tensors of a file by key, in its order, and its metadata."""

    tensors: dict[str, Info]
    metadata: dict[str, str]

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of every tensor."""
        return {key: info.shape for key, info in self.tensors.items()}


def read_header(path: Path) -> Header:
    """What a file holds; raises WeightsError."""
    with _opened(path) as file:
        found = {}
        for key in file.keys():  # noqa: SIM118 (it is no mapping)
            part = file.get_slice(key)
            found[key] = Info(tuple(part.get_shape()), part.get_dtype())
        return Header(found, dict(file.metadata() or {}))


def read_tensors(path: Path, infos: Mapping[str, Info]) -> dict[str, Array]:
    """The tensors of these keys; raises WeightsError."""
    for key, info in infos.items():
        if info.dtype not in DTYPES:
            raise refuse(
                "weights-dtype",
                f"{path}: {key} is {info.dtype}, which NumPy has no dtype for",
                "save it as float32",
            )
    with _opened(path) as file:
        return {key: np.asarray(file.get_tensor(key)) for key in infos}


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise refuse("not-a-file", f"{path} is not a regular file")
        with safe_open(path, framework="numpy") as file:
            yield file
    except FileNotFoundError:
        raise refuse("no-such-file", f"there is no file {path}") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise refuse("unreadable-file", f"{path} cannot be read: {reason}") from error
    except SafetensorError as error:
        raise refuse(
            "weights-file",
            f"{path} is no whole safetensors file: {error}",
            "it may have been cut short, or be of another format",
        ) from error


def write_tensors(
    path: Path, tensors: Mapping[str, Array], metadata: Mapping[str, str]
) -> None:
    """Writes a file that appears whole; raises WeightsError.

    Two metadata keys would be written in an order that changes from run to run.
    """
    # The library writes an array's memory as it lies, strides unseen.
    whole = {key: np.asarray(array, order="C") for key, array in tensors.items()}
    with replacing(path) as draft:
        save_file(whole, draft, dict(metadata))


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A draft beside `path` that takes its place at the end, unless an error comes."""
    draft = path.with_name(f".{secrets.token_hex(4)}-{path.name}")
    try:
        draft.touch(exist_ok=False)
        mode = stat.S_IMODE(draft.stat().st_mode)
        yield draft
        # The library makes files that only their owner may read.
        draft.chmod(mode)
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        draft.replace(path)
    except (OSError, SafetensorError) as error:
        reason = getattr(error, "strerror", None) or error
        raise refuse(
            "unwritable-file", f"{path} cannot be written: {reason}"
        ) from error
    finally:
        draft.unlink(missing_ok=True)


def common_dtype(tensors: Iterable[Array]) -> np.dtype[Any]:
    """The dtype that holds all of them; float32 for none."""
    dtypes = {array.dtype for array in tensors}
    return np.result_type(*dtypes) if dtypes else np.dtype("float32")

"""Safetensors files from strangers, and files that appear whole or not at all."""

from __future__ import annotations

import json
import os
import struct
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from specgraph.weights.errors import WeightsError
from specgraph.weights.files import read_header, read_tensors, replacing, write_tensors


def whole(data: bytes = b"\0" * 24, **tensor: object) -> bytes:
    """A safetensors file of one tensor of three float64, or as `tensor` says."""
    entry = {"dtype": "F64", "shape": [3], "data_offsets": [0, 24], **tensor}
    header = json.dumps({"t": entry}).encode()
    return struct.pack("<Q", len(header)) + header + data


def test_the_sample_is_good(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    path.write_bytes(whole())
    header = read_header(path)
    assert header.shapes == {"t": (3,)}
    assert read_tensors(path, header.tensors)["t"].tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 7,
        b"\xff" * 64,
        b"not safetensors at all",
        b"\x89HDF\r\n\x1a\n" + b"\0" * 100,
        whole()[:-1],
        whole() + b"\0",
        whole()[:20],
        whole(shape=[2**62, 4]),
        whole(shape=[-3]),
        whole(data_offsets=[0, 8]),
        whole(data_offsets=[8, 32]),
        whole(dtype="F65"),
        struct.pack("<Q", 2**63) + b"{}",
        struct.pack("<Q", 100_000) + b"[" * 100_000,
    ],
)
def test_garbage_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "w.safetensors"
    path.write_bytes(content)
    with pytest.raises(WeightsError) as error:
        read_header(path)
    assert error.value.diagnostics[0].code == "weights-file"
    assert str(path) in str(error.value)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, said in [
        (tmp_path / "none", "there is no file"),
        (tmp_path, "is not a regular file"),
        (tmp_path / "pipe", "is not a regular file"),
        (tmp_path / "a\0b", "cannot be read"),
    ]:
        with pytest.raises(WeightsError, match=said):
            read_header(path)


def test_a_dtype_that_numpy_lacks_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    path.write_bytes(whole(dtype="BF16", data_offsets=[0, 6], data=b"\0" * 6))
    with pytest.raises(WeightsError, match="t is BF16, which NumPy has no dtype for"):
        read_tensors(path, read_header(path).tensors)


def test_arrays_are_written_as_they_read_not_as_they_lie(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    array = np.arange(6.0).reshape(2, 3)
    write_tensors(path, {"t": array.T, "half": array[:, ::2], "one": array[0, 1]}, {})
    found = load_file(path)
    assert found["t"].tolist() == array.T.tolist()
    assert found["half"].tolist() == array[:, ::2].tolist()
    assert found["one"].shape == ()


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    path.write_text("old")
    with pytest.raises(KeyError), replacing(path) as draft:
        draft.write_text("half")
        raise KeyError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="cannot be written"):
        write_tensors(tmp_path / "none" / "w.safetensors", {}, {})


def test_others_may_read_what_was_written(tmp_path: Path) -> None:
    path, plain = tmp_path / "w.safetensors", tmp_path / "plain"
    write_tensors(path, {"t": np.zeros(1)}, {})
    plain.touch()
    assert path.stat().st_mode == plain.stat().st_mode

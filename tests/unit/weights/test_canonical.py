"""The canonical file: what it holds, and that it fits all or nothing."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from specgraph.reference.base import Array
from specgraph.weights import canonical
from specgraph.weights.errors import WeightsError
from specgraph.weights.files import read_header
from specgraph.weights.maps import map_of_pairs
from tests.unit.weights.models import TOWER, WORDS, graph, numbers, same


def codes(error: pytest.ExceptionInfo[WeightsError]) -> list[str]:
    return [found.code for found in error.value.diagnostics]


def test_gates_are_tensors_of_their_own_and_come_back_joined(tmp_path: Path) -> None:
    words, path = graph(WORDS), tmp_path / "w.safetensors"
    before = numbers(words)
    canonical.write(path, words, before)
    found = load_file(path)
    assert sorted(found) == sorted(
        ["embedding.embeddings", "dense.kernel", "dense.bias"]
        + [
            f"lstm.{p}.{g}"
            for p in ("kernel", "recurrent_kernel", "bias")
            for g in "ifco"
        ]
    )
    assert found["lstm.kernel.f"].tolist() == before["lstm.kernel"][:, 2:4].tolist()
    assert same(canonical.read(path, words).tensors, before)


def test_the_manifest_says_whose_weights_they_are(tmp_path: Path) -> None:
    words, path = graph(WORDS), tmp_path / "w.safetensors"
    canonical.write(path, words, numbers(words, "float32"))
    manifest = json.loads(read_header(path).metadata["specgraph"])
    assert manifest.pop("producer").startswith("specgraph ")
    assert manifest == {
        "format": 1,
        "spec": "words",
        "semantics": "keras",
        "digest": words.digest,
        "dtype": "float32",
    }


def test_the_same_weights_make_the_same_bytes(tmp_path: Path) -> None:
    words = graph(WORDS)
    for name in "ab":
        canonical.write(tmp_path / name, words, numbers(words))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_every_difference_is_listed_with_likely_renames(tmp_path: Path) -> None:
    tower, path = graph(TOWER), tmp_path / "old.safetensors"
    canonical.write(path, tower, numbers(tower))
    longer = TOWER.replace("  - dense: 4\n", "  - dense: 5\n  - dense: 4\n", 1)
    with pytest.raises(WeightsError) as error:
        canonical.read(path, graph(longer))
    assert codes(error) == [*["weights-shape"] * 3, *["weights-missing"] * 2]
    text = str(error.value)
    assert "dense.kernel is [6, 4], the model needs [6, 5]" in text
    assert "dense_2.kernel is [4, 4], the model needs [5, 4]" in text
    assert "dense_4.kernel [4, 4] is missing" in text
    assert "hint: probably dense_2.kernel of the file, renamed" in text


def test_surplus_tensors_are_an_error_that_says_what_they_may_be(
    tmp_path: Path,
) -> None:
    tower, path = graph(TOWER), tmp_path / "old.safetensors"
    canonical.write(path, tower, numbers(tower))
    with pytest.raises(WeightsError) as error:
        canonical.read(path, graph(TOWER.replace("head", "top")))
    assert sorted(codes(error)) == [*["weights-missing"] * 2, *["weights-surplus"] * 2]
    assert "the model has no head.kernel [4, 2]" in str(error.value)
    assert "probably top.bias of the model, before it was renamed" in str(error.value)


def test_a_map_renames_layers_and_tensors(tmp_path: Path) -> None:
    tower, path = graph(TOWER), tmp_path / "old.safetensors"
    before = numbers(tower)
    canonical.write(path, tower, before)
    renamed = graph(TOWER.replace("head", "top"))
    found = canonical.read(path, renamed, map_of_pairs({"head": "top"}))
    assert found.tensors["top.kernel"].tolist() == before["head.kernel"].tolist()
    by_tensor = {"head.kernel": "top.kernel", "head.bias": "top.bias"}
    assert same(
        canonical.read(path, renamed, map_of_pairs(by_tensor)).tensors, found.tensors
    )
    assert "written for tower" in found.notes[0]


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        ({"nothing": "head"}, "has no nothing, which the map names"),
        ({"head": "dense"}, "gives two tensors one name"),
    ],
)
def test_a_map_that_fits_nothing_is_refused(
    tmp_path: Path, pairs: dict[str, str], said: str
) -> None:
    tower, path = graph(TOWER), tmp_path / "w.safetensors"
    canonical.write(path, tower, numbers(tower))
    with pytest.raises(WeightsError, match=said):
        canonical.read(path, tower, map_of_pairs(pairs))


def test_tensors_that_are_not_all_there_are_not_written(tmp_path: Path) -> None:
    tower, path = graph(TOWER), tmp_path / "w.safetensors"
    some = numbers(tower)
    del some["head.bias"]
    with pytest.raises(WeightsError, match=r"head\.bias \[2\] is missing"):
        canonical.write(path, tower, some)
    assert list(tmp_path.iterdir()) == []


def keyed(tmp_path: Path, manifest: str, kernel: Array) -> Path:
    """A file for one dense layer, whatever its manifest."""
    path = tmp_path / "w.safetensors"
    metadata = {"specgraph": manifest}
    save_file({"dense.kernel": kernel, "dense.bias": np.zeros(2)}, path, metadata)
    return path


ONE = "specgraph: 1\nname: one\ninputs: {x: [3]}\nlayers: [{dense: 2}]\n"
GOOD = json.dumps(
    dict.fromkeys(("spec", "semantics", "digest", "dtype", "producer"), "")
    | {"format": 1}
)


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        ("{}", "its manifest is broken"),
        ("[" * 100_000, "its manifest is broken"),
        ("7", "its manifest is broken"),
        ('{"format": 2}', "of format 2; this version reads 1"),
    ],
)
def test_a_broken_manifest_is_refused(tmp_path: Path, manifest: str, said: str) -> None:
    path = keyed(tmp_path, manifest, np.zeros((3, 2)))
    with pytest.raises(WeightsError, match=said):
        canonical.read(path, graph(ONE))


def test_a_weight_that_is_no_float_is_refused(tmp_path: Path) -> None:
    path = keyed(tmp_path, GOOD, np.zeros((3, 2), np.int32))
    with pytest.raises(WeightsError, match=r"dense\.kernel is I32, no float"):
        canonical.read(path, graph(ONE))


def test_a_file_without_manifest_is_not_canonical(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    save_file({"dense.kernel": np.zeros((3, 2)), "dense.bias": np.zeros(2)}, path)
    with pytest.raises(WeightsError, match="say what wrote it, as in torch:FILE"):
        canonical.read(path, graph(ONE))

"""Conversion between files, without any framework: safetensors on both sides."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from specgraph.plugins import find_backend
from specgraph.weights import canonical
from specgraph.weights.api import WeightsError, convert_weights, init_weights
from specgraph.weights.convert import address
from specgraph.weights.inspect import inspect
from specgraph.weights.slots import all_to_framework
from tests.unit.weights.models import TOWER, WORDS, graph, numbers, same

IMAGES = """
specgraph: 1
name: images
inputs: {image: [5, 6, 2]}
layers:
  - conv2d: {filters: 3, kernel_size: [2, 3]}
  - flatten
  - dense: 4
"""

TIED = """
specgraph: 1
name: tied
inputs: {tokens: {shape: [3], dtype: int32, range: [0, 7]}}
layers:
  - embedding: {input_dim: 7, output_dim: 4}
    name: words
  - dense: 4
    name: mix
  - dense:
    share: mix
  - dense: 7
    tie: {kernel: words.embeddings}
    name: scores
"""


@pytest.mark.parametrize("backend", ["torch", "keras", "tensorflow"])
@pytest.mark.parametrize("text", [WORDS, IMAGES, TIED])
def test_there_and_back_is_byte_for_byte(
    tmp_path: Path, backend: str, text: str
) -> None:
    model, files = graph(text), [tmp_path / f"{n}.safetensors" for n in "abc"]
    canonical.write(files[0], model, numbers(model))
    there = convert_weights(model, f"canonical:{files[0]}", f"{backend}:{files[1]}")
    back = convert_weights(model, f"{backend}:{files[1]}", f"canonical:{files[2]}")
    assert files[2].read_bytes() == files[0].read_bytes()
    assert (there.matches, there.notes, back.matches, back.notes) == ((), (), (), ())


@pytest.mark.parametrize("missing", ["words.weight", "scores.weight"])
def test_a_tied_tensor_may_have_one_key_alone(tmp_path: Path, missing: str) -> None:
    model, before = graph(TIED), numbers(graph(TIED))
    tensors = all_to_framework(find_backend("torch").plan(model), before)
    assert tensors.keys() == {
        "words.weight",
        "mix.weight",
        "mix.bias",
        "scores.weight",
        "scores.bias",
    }
    del tensors[missing]
    save_file(tensors, tmp_path / "state.safetensors")
    target = tmp_path / "w.safetensors"
    convert_weights(model, f"torch:{tmp_path}/state.safetensors", f"canonical:{target}")
    assert same(canonical.read(target, model).tensors, before)


def test_a_foreign_file_is_matched_and_every_match_told(tmp_path: Path) -> None:
    model, before = graph(IMAGES), numbers(graph(IMAGES))
    ours = all_to_framework(find_backend("torch").plan(model), before)
    names = {"conv2d": "features.0", "dense": "classifier.1"}
    theirs = {
        f"{names[key.rpartition('.')[0]]}.{key.rpartition('.')[2]}": array
        for key, array in ours.items()
    }
    save_file(theirs, tmp_path / "state.safetensors")
    target = tmp_path / "w.safetensors"
    done = convert_weights(
        model, f"torch:{tmp_path}/state.safetensors", f"canonical:{target}"
    )
    assert same(canonical.read(target, model).tensors, before)
    assert sorted(str(match) for match in done.matches) == [
        "classifier.1.bias -> dense.bias [4] (by shape)",
        "classifier.1.weight -> dense.weight [4, 48] (by shape)",
        "features.0.bias -> conv2d.bias [3] (by shape)",
        "features.0.weight -> conv2d.weight [3, 2, 2, 3] (by shape)",
    ]


def test_a_second_bias_that_the_spec_lacks_is_added_to_the_first(
    tmp_path: Path,
) -> None:
    model = graph(WORDS)
    tensors = all_to_framework(find_backend("torch").plan(model), numbers(model))
    tensors["lstm.bias_hh_l0"] = np.arange(8.0) / 4
    save_file(tensors, tmp_path / "state.safetensors")
    target = tmp_path / "w.safetensors"
    done = convert_weights(
        model, f"torch:{tmp_path}/state.safetensors", f"canonical:{target}"
    )
    expected = numbers(model)["lstm.bias"] + np.arange(8.0) / 4
    found = canonical.read(target, model).tensors["lstm.bias"]
    assert found.tolist() == expected.tolist()
    assert done.notes == (
        "lstm.bias_hh_l0, which the spec has no weight for, was added to "
        "lstm.bias_ih_l0: the same function",
    )


def test_two_biases_stay_two_where_the_spec_says_so(tmp_path: Path) -> None:
    model = graph(WORDS.replace("lstm: 2", "lstm: {units: 2, recurrent_bias: true}"))
    init_weights(model, f"torch:{tmp_path}/a.safetensors")
    tensors = load_file(tmp_path / "a.safetensors")
    tensors["lstm.bias_hh_l0"] = np.arange(8, dtype=np.float32)
    save_file(tensors, tmp_path / "b.safetensors")
    target = tmp_path / "w.safetensors"
    done = convert_weights(
        model, f"torch:{tmp_path}/b.safetensors", f"canonical:{target}"
    )
    found = canonical.read(target, model).tensors
    assert found["lstm.recurrent_bias"].tolist() == list(range(8))
    assert done.notes == ()


def test_a_constant_that_the_spec_cannot_hold_is_refused(tmp_path: Path) -> None:
    text = TOWER.replace("  - dense: 2\n", "  - layer_norm: {scale: false}\n")
    model = graph(text.replace("    name: head\n", ""))
    init_weights(model, f"torch:{tmp_path}/a.safetensors")
    tensors = load_file(tmp_path / "a.safetensors")
    tensors["layer_norm.weight"][1] = 2
    save_file(tensors, tmp_path / "b.safetensors")
    with pytest.raises(WeightsError, match=r"layer_norm\.weight is always 1 in this"):
        convert_weights(model, f"torch:{tmp_path}/b.safetensors", "canonical:w")


def test_layers_that_fit_equally_wait_for_a_decision(tmp_path: Path) -> None:
    model, before = graph(TOWER), numbers(graph(TOWER))
    ours = all_to_framework(find_backend("torch").plan(model), before)
    new = {"dense": "in", "dense_2": "fc10", "dense_3": "fc9", "head": "out"}
    theirs = {
        f"{new[k.rpartition('.')[0]]}.{k.rpartition('.')[2]}": a
        for k, a in ours.items()
    }
    save_file(theirs, tmp_path / "state.safetensors")
    source, target = f"torch:{tmp_path}/state.safetensors", tmp_path / "w.safetensors"
    with pytest.raises(WeightsError, match=r"fc9: dense_2\n.*fc10: dense_3"):
        convert_weights(model, source, f"canonical:{target}")
    assert not target.exists()
    pairs = tmp_path / "pairs.yaml"
    pairs.write_text("fc10: dense_2\n")
    convert_weights(model, source, f"canonical:{target}", map=pairs)
    assert same(canonical.read(target, model).tensors, before)
    pairs.write_text(json.dumps({"fc10": "dense_2"}))
    convert_weights(model, source, f"canonical:{target}", map=pairs)
    assert same(canonical.read(target, model).tensors, before)
    convert_weights(model, source, f"canonical:{target}", by_order=True)
    found = canonical.read(target, model).tensors
    assert found["dense_2.kernel"].tolist() == before["dense_3.kernel"].tolist()


def test_a_file_like_another_has_its_keys(tmp_path: Path) -> None:
    model, before = graph(TOWER), numbers(graph(TOWER))
    canonical.write(tmp_path / "w.safetensors", model, before)
    ours = all_to_framework(find_backend("torch").plan(model), before)
    names = {key: f"net.{number}.w" for number, key in enumerate(ours)}
    empty = {names[key]: np.zeros_like(array) for key, array in ours.items()}
    save_file(empty, tmp_path / "original.safetensors")
    done = convert_weights(
        model,
        f"canonical:{tmp_path}/w.safetensors",
        f"torch:{tmp_path}/out.safetensors",
        like=tmp_path / "original.safetensors",
        map={theirs: key for key, theirs in names.items()},
    )
    found = load_file(tmp_path / "out.safetensors")
    assert same(found, {names[key]: array for key, array in ours.items()})
    assert len(done.matches) == len(ours)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("state.safetensors", "write one of canonical:FILE, torch:FILE"),
        ("pytorch:state.safetensors", "did you mean torch:state.safetensors?"),
        ("torch:", "does not say whose file it is"),
        (":x", "does not say whose file it is"),
    ],
)
def test_an_address_says_whose_file_it_is(text: str, said: str) -> None:
    with pytest.raises(WeightsError) as error:
        address(text)
    assert said in str(error.value)


def test_an_ending_that_no_one_reads_is_refused(tmp_path: Path) -> None:
    model = graph(TOWER)
    with pytest.raises(
        WeightsError, match=r"a torch file ends in \.safetensors or \.pt"
    ):
        init_weights(model, f"torch:{tmp_path}/state.onnx")
    with pytest.raises(WeightsError, match="no backend reads files of this ending"):
        inspect(tmp_path / "state.onnx")


def test_initial_weights_are_the_same_for_every_backend(tmp_path: Path) -> None:
    model = graph(WORDS)
    init_weights(model, f"{tmp_path}/a.safetensors", seed=3)
    init_weights(model, f"torch:{tmp_path}/b.safetensors", seed=3)
    convert_weights(
        model,
        f"torch:{tmp_path}/b.safetensors",
        f"canonical:{tmp_path}/c.safetensors",
    )
    contents = [(tmp_path / f"{n}.safetensors").read_bytes() for n in "ac"]
    assert contents[0] == contents[1]


def test_inspection_lists_tensors_and_manifest(tmp_path: Path) -> None:
    model = graph(WORDS)
    init_weights(model, f"{tmp_path}/w.safetensors")
    found = inspect(tmp_path / "w.safetensors")
    assert found.size == model.count()
    assert found.manifest is not None and found.manifest.digest == model.digest
    told = found.to_json()
    assert told["manifest"]["spec"] == "words"
    assert {
        "key": "lstm.kernel.i",
        "shape": [3, 2],
        "dtype": "float32",
        "size": 6,
    } in told["tensors"]
    init_weights(model, f"torch:{tmp_path}/t.safetensors")
    assert inspect(tmp_path / "t.safetensors").to_json()["manifest"] is None


def test_what_is_wrong_with_a_tensor_is_told_at_the_line_of_its_layer(
    tmp_path: Path,
) -> None:
    model = graph(IMAGES)
    init_weights(model, f"torch:{tmp_path}/a.safetensors")
    tensors = load_file(tmp_path / "a.safetensors")
    tensors["dense.weight"] = np.zeros((4, 47), np.float32)
    del tensors["conv2d.bias"]
    save_file(tensors, tmp_path / "b.safetensors")
    with pytest.raises(WeightsError) as error:
        convert_weights(model, f"torch:{tmp_path}/b.safetensors", "canonical:w")
    told = {d.message.partition(": ")[2]: d.at for d in error.value.diagnostics}
    lines = {message: at.line for message, at in told.items() if at is not None}
    assert lines == {
        "conv2d.bias [3] is missing": 6,
        "dense.weight is [4, 47], the model needs [4, 48]": 8,
    }


def test_a_map_that_is_no_file_is_told_what_a_map_is(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="there is no file a=b") as error:
        convert_weights(graph(TOWER), "torch:a", "torch:b", map="a=b")
    assert "--map takes a YAML or JSON file" in error.value.diagnostics[0].hint

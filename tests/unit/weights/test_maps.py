"""Map files: patterns, parts and transposed tensors, and what is wrong with a map."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from specgraph.diagnostics import SpecError
from specgraph.weights import canonical
from specgraph.weights.api import convert_weights
from specgraph.weights.maps import map_of_pairs, read_map
from tests.unit.weights.models import WORDS, graph, numbers, same

DEEP = """
specgraph: 1
name: deep
inputs: {sequence: [time, 6]}
layers:
  - repeat: 2
    name: body
    layers:
      - multi_head_attention: {num_heads: 2, key_dim: 3, kernel_initializer: he_normal}
        name: attention
      - dense: 6
        name: mix
"""
MAP = """
h.${i}.qkv.weight:
  to:
    - body.${i - 1}.attention.query_kernel
    - body.${i - 1}.attention.key_kernel
    - body.${i - 1}.attention.value_kernel
  axes: [1, 0]
h.${i}.qkv.bias:
  - body.${i - 1}.attention.query_bias
  - body.${i - 1}.attention.key_bias
  - body.${i - 1}.attention.value_bias
h.${i}.out.weight: {to: "body.${i - 1}.attention.output_kernel", axes: [1, 0]}
h.${i}.out.bias: body.${i - 1}.attention.output_bias
h.${i}.fc: body.${i - 1}.mix
"*.mask": null
"""


def foreign(weights: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The weights of DEEP as a model has them that stores queries, keys and values as one."""
    found = {}
    for turn in range(2):
        ours, theirs = f"body.{turn}", f"h.{turn + 1}"
        parts = [f"{ours}.attention.{name}" for name in ("query", "key", "value")]
        kernels = [weights[f"{part}_kernel"].reshape(6, 6) for part in parts]
        found[f"{theirs}.qkv.weight"] = np.concatenate(kernels, 1)
        biases = [weights[f"{part}_bias"].reshape(6) for part in parts]
        found[f"{theirs}.qkv.bias"] = np.concatenate(biases)
        output = weights[f"{ours}.attention.output_kernel"].reshape(6, 6)
        found[f"{theirs}.out.weight"] = output.copy()
        found[f"{theirs}.out.bias"] = weights[f"{ours}.attention.output_bias"]
        found[f"{theirs}.fc.weight"] = weights[f"{ours}.mix.kernel"].T.copy()
        found[f"{theirs}.fc.bias"] = weights[f"{ours}.mix.bias"].reshape(1, 6)
        found[f"{theirs}.mask"] = np.ones((4, 4), np.float32)
    return found


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with a foreign file and its map."""
    save_file(foreign(numbers(graph(DEEP))), tmp_path / "theirs.safetensors")
    biases = "h.${i}.fc.bias: body.${i - 1}.mix.bias\n"
    (tmp_path / "map.yaml").write_text(MAP + biases)
    return tmp_path


def test_a_map_cuts_and_transposes_and_counts(files: Path) -> None:
    model = graph(DEEP)
    done = convert_weights(
        model,
        f"torch:{files}/theirs.safetensors",
        f"canonical:{files}/w.safetensors",
        map=files / "map.yaml",
    )
    found = canonical.read(files / "w.safetensors", model).tensors
    assert same(found, numbers(model))
    assert {match.how for match in done.matches} == {"map"}
    told = {str(match) for match in done.matches}
    assert "h.2.out.bias -> body.1.attention.output_bias [6] (by map)" in told


def test_a_map_leads_back_to_the_other_model(files: Path) -> None:
    model, like = graph(DEEP), files / "theirs.safetensors"
    other = {key: 2 * array for key, array in numbers(model).items()}
    canonical.write(files / "w.safetensors", model, other)
    convert_weights(
        model,
        f"canonical:{files}/w.safetensors",
        f"torch:{files}/back.safetensors",
        like=like,
        map=files / "map.yaml",
    )
    expected = foreign(other)
    found = load_file(files / "back.safetensors")
    assert same(found, expected)
    assert found["h.1.fc.bias"].shape == (1, 6)


@pytest.mark.parametrize(
    ("line", "changed", "said"),
    [
        (
            "h.${i}.fc: body.${i - 1}.mix",
            "h.${i}.fc: body.${i + 7}.mix",
            "map.yaml:14:12: error[weights-map]: the model has no layer or tensor 'body.9.mix'",
        ),
        (
            "h.${i}.fc: body.${i - 1}.mix",
            "h.${i}.fc.weight: body.${i - 1}.mix.krnel",
            "did you mean body.0.mix.kernel?",
        ),
        (
            "  - body.${i - 1}.attention.value_bias\n",
            "",
            "the map takes h.1.qkv.bias [18] for body.0.attention.query_bias, "
            "body.0.attention.key_bias [12]: they differ",
        ),
        (
            'h.${i}.out.weight: {to: "body.${i - 1}.attention.output_kernel", axes: [1, 0]}',
            'h.${i}.out.weight: {to: "body.${i - 1}.attention.output_kernel", axes: 0}',
            "h.1.out.weight [6, 6] has 2 axes",
        ),
        (
            "h.${i}.out.bias: body.${i - 1}.attention.output_bias",
            "h.1.out: [body.0.a, body.1.a]",
            "h.1.out is no tensor of the file, which alone has parts",
        ),
        (
            "  - body.${i - 1}.attention.value_bias\n",
            "  - body.${j}.attention.value_bias\n",
            "unknown name 'j'",
        ),
    ],
)
def test_a_line_that_does_not_fit_is_told_with_its_place(
    files: Path, line: str, changed: str, said: str
) -> None:
    assert line in MAP
    (files / "map.yaml").write_text(MAP.replace(line, changed))
    with pytest.raises(SpecError) as error:
        convert_weights(
            graph(DEEP),
            f"torch:{files}/theirs.safetensors",
            f"canonical:{files}/w.safetensors",
            map=files / "map.yaml",
        )
    assert said in str(error.value)
    assert not (files / "w.safetensors").exists()


def test_a_part_of_a_joined_tensor_is_not_enough(tmp_path: Path) -> None:
    model = graph(WORDS.replace("lstm", "gru"))
    weights = numbers(model)
    file = {key: array for key, array in weights.items() if "gru" not in key}
    save_file({**file, "input_bias": weights["gru.bias"]}, tmp_path / "w.safetensors")
    with pytest.raises(SpecError) as error:
        convert_weights(
            model,
            f"keras:{tmp_path}/w.safetensors",
            f"canonical:{tmp_path}/c.safetensors",
            map={"input_bias": "gru.bias"},
        )
    assert (
        "the map tells a part of gru/gru_cell/bias, but not gru.recurrent_bias"
        in str(error.value)
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- a\n", "a map is foreign name: name in the model"),
        ("a: [[b]]\n", "a: this is no name in the model"),
        ("a: {from: b}\n", "a: unknown key 'from'"),
        ("a: {axis: 1}\n", "a needs `to`"),
        ("a: {to: b, axes: [0, 2]}\n", "a: axes are every axis of the file's tensor"),
        ("a: {to: b, axis: -1}\n", "a: axis is that along which the parts lie"),
        ("a.${i + 1}: b\n", "a number of a name is written ${i}"),
        ("a: b\nc: b\n", "b is a already"),
        ("0: b\n", 'quote it: "0"'),
    ],
)
def test_a_map_file_that_is_none_is_refused(
    tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "map.yaml").write_text(text)
    with pytest.raises(SpecError) as error:
        read_map(tmp_path / "map.yaml").targets([])
    assert said in str(error.value)


def test_the_first_line_that_fits_decides() -> None:
    names = map_of_pairs({"a.0": "first", "a.${i}": "b.${i - 1}", "*": "rest"})
    found = names.targets(["a.0", "a.3", "a.x"])
    assert {name: target.names for name, target in found.items()} == {
        "a.0": ("first",),
        "a.3": ("b.2",),
        "a.x": ("rest",),
    }


def test_a_number_that_stands_twice_is_the_same() -> None:
    names = map_of_pairs({"a.${i}.b${i}": "c.${i}"})
    assert list(names.targets(["a.1.b1", "a.1.b2"])) == ["a.1.b1"]

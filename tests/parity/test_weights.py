"""Weights of hand-written models, trained in one framework, used in the other."""

from __future__ import annotations

import json
import subprocess
import sys
import types
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py  # type: ignore[import-untyped]  # h5py ships no types
import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

import specgraph
from specgraph.load import compile_spec, loads
from specgraph.lower.plan import Plan
from specgraph.plugins import find_backend
from specgraph.reference.base import Array
from specgraph.weights import canonical
from specgraph.weights.api import (
    Conversion,
    WeightsError,
    convert_weights,
    init_weights,
    inspect_weights,
)
from tests.originals.mnist_cnn_torch import MnistCNN
from tests.originals.speech_cnn_torch import SpeechCNN
from tests.originals.text_lstm_torch import TextLSTM

ROOT = Path(__file__).parents[2]
SEEDS = ROOT / "specs" / "seed"
TOLERANCE = 1e-9


def keras_process(command: str, folder: Path) -> None:
    module = "tests.parity.keras_process"
    arguments = [sys.executable, "-m", module, command, str(folder)]
    subprocess.run(arguments, cwd=ROOT, check=True, capture_output=True)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the Keras originals' weights, inputs and outputs."""
    folder = tmp_path_factory.mktemp("trained")
    keras_process("train", folder)
    return folder


def plan(name: str, backend: str) -> Plan:
    graph = compile_spec(specgraph.load(SEEDS / f"{name}.yaml"))
    return find_backend(backend).plan(graph)


def convert(name: str, source: str, target: str, **more: Any) -> Conversion:
    graph = compile_spec(specgraph.load(SEEDS / f"{name}.yaml"))
    return convert_weights(graph, source, target, **more)


def emitted(made: Plan, weights: Path) -> nn.Module:
    """The emitted torch model with these weights, loaded as torch loads them."""
    module = types.ModuleType("model")
    exec(made.files["model.py"], module.__dict__)
    model: nn.Module = getattr(module, made.entry)().double()
    model.load_state_dict(load_file(weights))
    return model.eval()


def run(model: nn.Module, x: Array) -> Array:
    with torch.no_grad():
        found: Array = model(torch.from_numpy(x)).numpy()
    return found


def channels_first(x: Array) -> Array:
    return np.ascontiguousarray(np.moveaxis(x, -1, 1)) if x.ndim == 4 else x


@pytest.mark.parametrize("name", ["mnist_cnn", "text_lstm", "speech_cnn"])
def test_a_keras_original_lives_on_in_the_emitted_torch_model(
    trained: Path, tmp_path: Path, name: str
) -> None:
    target = tmp_path / "weights.safetensors"
    done = convert(name, f"keras:{trained}/{name}.weights.h5", f"torch:{target}")
    assert len(done.matches) == len(inspect_weights(target).entries) - (
        name == "text_lstm"
    )
    with np.load(trained / f"{name}.npz") as data:
        found = run(emitted(plan(name, "torch"), target), channels_first(data["x"]))
        assert np.abs(found - data["y"]).max() <= TOLERANCE


ORIGINALS = {"mnist_cnn": MnistCNN, "text_lstm": TextLSTM, "speech_cnn": SpeechCNN}


@dataclass
class Trained:
    """A torch original after a few steps: its file, a batch, what it makes of it."""

    file: Path
    x: Array
    y: Array


def trained_in_torch(name: str, folder: Path) -> Trained:
    torch.manual_seed(0)
    model = ORIGINALS[name]().double()
    x = torch.randn(3, 1, 28, 28, dtype=torch.float64)
    if name == "text_lstm":
        x = torch.randint(0, 10000, (3, 6))
    if name == "speech_cnn":
        x = torch.randn(3, 1, 16, 16, dtype=torch.float64)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        (model(x) ** 2).mean().backward()
        optimizer.step()
    file = folder / f"{name}_original.safetensors"
    save_file(model.state_dict(), file)
    return Trained(file, x.numpy(), run(model, x.numpy()))


def test_torch_originals_live_on_in_the_emitted_keras_models(tmp_path: Path) -> None:
    made = {name: trained_in_torch(name, tmp_path) for name in ORIGINALS}
    files = {
        "mnist_cnn": "mnist_cnn.safetensors",
        "text_lstm": "text_lstm.safetensors",
        "speech_cnn": "speech_cnn.weights.h5",
    }
    jobs = []
    for name, one in made.items():
        model = plan(name, "keras")
        done = convert(name, f"torch:{one.file}", f"keras:{tmp_path}/{files[name]}")
        assert len(done.matches) == len(load_file(one.file))
        assert bool(done.notes) == (name == "text_lstm")
        (tmp_path / f"{name}.py").write_text(model.files["model.py"])
        x = np.moveaxis(one.x, 1, -1) if one.x.ndim == 4 else one.x
        np.savez(tmp_path / f"{name}.npz", x=x)
        job = {"model": f"{name}.py", "entry": model.entry, "weights": files[name]}
        jobs.append({**job, "x": f"{name}.npz", "out": f"{name}.npy"})
    # The same file feeds the model that a Keras user wrote.
    jobs.append({**jobs[-1], "model": "speech_cnn_keras", "entry": "", "out": "o.npy"})
    (tmp_path / "jobs.json").write_text(json.dumps(jobs))
    keras_process("run", tmp_path)
    logits = torch.from_numpy(made["mnist_cnn"].y)
    scores = torch.from_numpy(made["text_lstm"].y)
    expected = {
        "mnist_cnn": torch.softmax(logits, -1).numpy(),
        "text_lstm": torch.sigmoid(scores).numpy(),
        "speech_cnn": made["speech_cnn"].y,
        "o": made["speech_cnn"].y,
    }
    for name, values in expected.items():
        assert np.abs(np.load(tmp_path / f"{name}.npy") - values).max() <= TOLERANCE


@pytest.mark.parametrize("name", list(ORIGINALS))
def test_a_torch_original_lives_on_in_the_emitted_torch_model(
    tmp_path: Path, name: str
) -> None:
    one = trained_in_torch(name, tmp_path)
    target = tmp_path / "weights.safetensors"
    convert(name, f"torch:{one.file}", f"torch:{target}")
    model = emitted(plan(name, "torch"), target)
    logits = getattr(model, "logits", model)
    with torch.no_grad():
        found = logits(torch.from_numpy(one.x)).numpy()
    assert np.abs(found - one.y).max() <= TOLERANCE


def test_a_torch_original_loads_what_was_trained_elsewhere(tmp_path: Path) -> None:
    init_weights(
        compile_spec(specgraph.load(SEEDS / "speech_cnn.yaml")),
        f"keras:{tmp_path}/w.safetensors",
        dtype="float64",
    )
    original = SpeechCNN().double()
    save_file(original.state_dict(), tmp_path / "original.safetensors")
    for target in ("back.safetensors", "ours.safetensors"):
        convert(
            "speech_cnn",
            f"keras:{tmp_path}/w.safetensors",
            f"torch:{tmp_path}/{target}",
            like=tmp_path / "original.safetensors" if "back" in target else None,
        )
    original.load_state_dict(load_file(tmp_path / "back.safetensors"))
    x = np.random.default_rng(0).normal(size=(2, 1, 16, 16))
    ours = emitted(plan("speech_cnn", "torch"), tmp_path / "ours.safetensors")
    assert np.abs(run(original, x) - run(ours, x)).max() <= TOLERANCE


def test_a_pt_file_is_read_and_written_without_its_pickles(tmp_path: Path) -> None:
    one = trained_in_torch("text_lstm", tmp_path)
    state = {k: v.clone() for k, v in load_file(one.file).items()}
    torch.save(state, tmp_path / "state.pt")
    convert("text_lstm", f"torch:{tmp_path}/state.pt", f"torch:{tmp_path}/out.pt")
    found = torch.load(tmp_path / "out.pt", weights_only=True)
    both = state["lstm.bias_ih_l0"] + state["lstm.bias_hh_l0"]
    assert torch.equal(found["lstm.bias_ih_l0"], both)
    assert torch.equal(found["dense.weight"], state["fc1.weight"])


@pytest.mark.parametrize("content", ["code", "garbage", "a list"])
def test_a_pt_file_that_is_no_state_dict_is_refused(
    tmp_path: Path, content: str
) -> None:
    from specgraph_torch.weights_io import main

    path = tmp_path / "state.pt"
    if content == "code":
        torch.save({"model": nn.Linear(1, 1)}, path)
    elif content == "a list":
        torch.save([torch.zeros(1)], path)
    else:
        path.write_bytes(b"PK\3\4 no archive")
    request = {"action": "read", "file": str(path)}
    (tmp_path / "request.json").write_text(json.dumps(request))
    main(tmp_path)
    reply = json.loads((tmp_path / "reply.json").read_text())
    assert reply["error"].startswith(f"{path}: ")
    assert not (tmp_path / "tensors.safetensors").exists()


NORMED = """
specgraph: 1
name: normed
semantics: torch
inputs: {features: [4]}
layers:
  - dense: 3
  - batch_norm
"""


def test_counters_are_neither_taken_nor_missed(tmp_path: Path) -> None:
    graph = compile_spec(loads(NORMED))
    original = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3)).double()
    original(torch.randn(5, 4, dtype=torch.float64))
    state = original.state_dict()
    save_file(state, tmp_path / "original.safetensors")
    target = tmp_path / "weights.safetensors"
    convert_weights(graph, f"torch:{tmp_path}/original.safetensors", f"torch:{target}")
    model = emitted(find_backend("torch").plan(graph), target)
    x = np.random.default_rng(0).normal(size=(5, 4))
    assert np.abs(run(model, x) - run(original.eval(), x)).max() <= TOLERANCE


TWINS = """
specgraph: 1
name: twins
inputs: {features: [4]}
layers:
  - branches:
      left:
        - dense: 3
          name: a
      right:
        - dense: 3
          name: b
    merge: maximum
  - dense: 2
"""
CHAIN = (
    "specgraph: 1\nname: c\ninputs: {features: [4]}\nlayers: [{dense: 3}, {dense: 2}]\n"
)


def test_parallel_layers_of_one_class_go_by_name_or_not_at_all(
    trained: Path, tmp_path: Path
) -> None:
    graph, target = compile_spec(loads(TWINS)), tmp_path / "w.safetensors"
    with pytest.raises(WeightsError, match=r"2 layers .* fit 2 layers .* equally"):
        convert_weights(
            graph, f"keras:{trained}/unnamed.weights.h5", f"canonical:{target}"
        )
    done = convert_weights(
        graph, f"keras:{trained}/named.weights.h5", f"canonical:{target}"
    )
    found = canonical.read(target, graph).tensors["a.kernel"]
    assert found.tolist() == np.load(trained / "named.weights.npy").tolist()
    assert {match.how for match in done.matches} == {"name", "shape"}


def test_a_subclassed_keras_model_is_matched_by_shapes(
    trained: Path, tmp_path: Path
) -> None:
    graph, target = compile_spec(loads(CHAIN)), tmp_path / "w.safetensors"
    done = convert_weights(
        graph, f"keras:{trained}/subclassed.weights.h5", f"canonical:{target}"
    )
    found = canonical.read(target, graph).tensors["dense.kernel"]
    assert found.tolist() == np.load(trained / "subclassed.weights.npy").tolist()
    assert "first/vars/0 -> dense/kernel [4, 3] (by shape)" in map(str, done.matches)


def bomb(file: Any) -> None:
    file.create_dataset("layers/dense/vars/0", (10**6, 10**5), "f4", chunks=True)


def linked(file: Any) -> None:
    file["layers/dense/vars/0"] = h5py.ExternalLink("other.h5", "/x")


def outside(file: Any) -> None:
    file.create_dataset("w", (4,), "f4", external=[("/etc/passwd", 0, 16)])


def text(file: Any) -> None:
    file["w"] = "words"


@pytest.mark.parametrize(
    ("fill", "said"),
    [
        (bomb, "declares 400,000,000,000 bytes, has 0"),
        (outside, "w lies in another file"),
        (text, "w holds object, no numbers"),
        (None, "file signature not found"),
    ],
)
def test_hostile_h5_files_are_refused(tmp_path: Path, fill: Any, said: str) -> None:
    from specgraph_keras.weights_io import Refused, datasets

    path = tmp_path / "w.weights.h5"
    path.write_bytes(b"no HDF5 file")
    if fill is not None:
        with h5py.File(path, "w") as file:
            fill(file)
    with pytest.raises((Refused, OSError), match=said):
        datasets(path)


def test_links_out_of_an_h5_file_are_not_followed(tmp_path: Path) -> None:
    from specgraph_keras.weights_io import datasets

    with h5py.File(tmp_path / "w.weights.h5", "w") as file:
        linked(file)
    assert datasets(tmp_path / "w.weights.h5") == {}

"""Emitted programs as their users run them: `main`, its files and its refusals."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

SPEC = """
specgraph: 1
name: board_game
semantics: torch
layout: channels_last
inputs: {board: [5, 6, 2]}
layers:
  - conv2d: {filters: 3, kernel_size: 2, activation: relu, kernel_regularizer: {l2: 0.01}}
  - flatten
  - branches:
      policy:
        - dense: {units: 4, activation: softmax}
      value:
        - dense: 1
train:
  optimizer: {adamw: {weight_decay: 0.01, exclude: [bias]}}
  loss: {policy: sparse_categorical_crossentropy, value: mse}
  loss_weights: {value: 0.5}
  metrics: {policy: [accuracy], value: [mae]}
  batch_size: 7
  epochs: 2
"""
BACKENDS = ["torch", "keras", "tensorflow"]
WEIGHTS = {
    "torch": "weights.safetensors",
    "keras": "model.weights.h5",
    "tensorflow": "model.weights.h5",
}
NAMES = ["loss", "policy_loss", "policy_accuracy", "value_loss"]


def arrays() -> dict[str, Any]:
    """Twenty examples."""
    rng = np.random.default_rng(5)
    return {
        "board": rng.normal(size=(20, 5, 6, 2)).astype("float32"),
        "policy": rng.integers(0, 4, size=20),
        "value": rng.normal(size=(20, 1)).astype("float32"),
    }


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The examples as a file."""
    path = tmp_path / "data.npz"
    np.savez(path, **arrays())
    return path


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_run_reports_every_epoch_and_is_the_same_from_the_same_weights(
    emit: Callable[..., Any],
    data: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    backend: str,
) -> None:
    train = emit(SPEC, backend).train
    first, second, third = (tmp_path / name for name in ("first", "second", "third"))
    given = ["--data", str(data), "--validation-split", "0.2"]
    train.main([*given, "--out", str(first)])
    last = capsys.readouterr().out.splitlines()[-1]
    history = json.loads((first / "metrics.json").read_text())
    assert {len(means) for means in history.values()} == {2}
    assert {*NAMES, *(f"val_{name}" for name in NAMES)} <= set(history)
    assert last.startswith(f"loss {history['loss'][-1]:.4f}  ")
    assert f"val_loss {history['val_loss'][-1]:.4f}" in last
    assert sorted(path.name for path in first.iterdir()) == sorted(
        ["metrics.json", WEIGHTS[backend]]
    )
    start = ["--weights", str(first / WEIGHTS[backend]), "--no-shuffle"]
    for folder in (second, third):
        train.main([*given, *start, "--out", str(folder), "--epochs", "1"])
    again = [json.loads((f / "metrics.json").read_text()) for f in (second, third)]
    assert again[0] == again[1]
    assert again[0]["loss"][0] < history["loss"][0]


def test_backends_report_the_same_from_the_same_weights_in_the_same_order(
    emit: Callable[..., Any], data: Path, tmp_path: Path
) -> None:
    given = ["--data", str(data), "--no-shuffle", "--validation-split", "0.25"]
    given += ["--batch-size", "5"]  # Keras weighs an output's loss by batch, not size
    emit(SPEC, "keras").train.main([*given, "--out", str(tmp_path / "start")])
    given += ["--weights", str(tmp_path / "start" / WEIGHTS["keras"])]
    histories = []
    for backend in ("keras", "tensorflow"):
        folder = tmp_path / f"out_{backend}"
        emit(SPEC, backend).train.main([*given, "--out", str(folder)])
        histories.append(json.loads((folder / "metrics.json").read_text()))
    assert histories[0].keys() == histories[1].keys()
    for name, means in histories[0].items():
        assert histories[1][name] == pytest.approx(means, rel=1e-5), name


REFUSED: dict[str, tuple[dict[str, Any], list[str]]] = {
    "missing": ({"board": None}, ["board: missing, wanted float32 [N, 5, 6, 2]"]),
    "rank": (
        {"board": np.zeros((20, 5, 6), "float32")},
        ["board: found float32 [20, 5, 6], wanted float32 [N, 5, 6, 2]"],
    ),
    "length": (
        {"value": np.zeros((19, 1), "float32")},
        ["value: found float32 [19, 1], wanted float32 [20, 1]"],
    ),
    "type": (
        {"policy": np.zeros(20, "float32")},
        ["policy: found float32 [20], wanted int64 [20]"],
    ),
    "classes": (
        {"policy": np.full(20, 4)},
        ["policy: found values from 4 to 4, wanted 0 to 3"],
    ),
    "none": (
        {name: array[:0] for name, array in arrays().items()},
        ["board: found no values in [0, 5, 6, 2], wanted float32 [N, 5, 6, 2]"],
    ),
    "several": (
        {"policy": None, "value": np.array(["a"] * 20)},
        ["policy: missing", "value: found <U1 [20], wanted float32 [20, 1]"],
    ),
    "objects": (
        {"board": np.array([None] * 20, dtype=object)},
        ["Object arrays cannot be loaded when allow_pickle=False"],
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_data_that_does_not_fit_is_refused_with_what_was_found_and_wanted(
    emit: Callable[..., Any], tmp_path: Path, case: str
) -> None:
    changes, wanted = REFUSED[case]
    held = {
        name: array for name, array in (arrays() | changes).items() if array is not None
    }
    path = tmp_path / "data.npz"
    np.savez(path, **held)
    train = emit(SPEC, "torch").train
    with pytest.raises(SystemExit) as refusal:
        train.main(["--data", str(path)])
    text = str(refusal.value.code)
    assert str(path) in text
    for message in wanted:
        assert message in text


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "No such file"),
        (b"", "not an .npz file; numpy.savez writes one"),
        (b"cos\nsystem\n(S'true'\ntR.", "not an .npz file; numpy.savez writes one"),
        (b"PK\x05\x06" + bytes(18), "holds nothing"),
    ],
    ids=["no file", "empty", "a pickle", "an empty archive"],
)
def test_a_file_that_is_no_archive_of_arrays_is_refused(
    emit: Callable[..., Any], tmp_path: Path, content: bytes | None, message: str
) -> None:
    path = tmp_path / "data.npz"
    if content is not None:
        path.write_bytes(content)
    train = emit(SPEC, "torch").train
    with pytest.raises(SystemExit) as refusal:
        train.main(["--data", str(path)])
    assert message in str(refusal.value.code)


@pytest.mark.parametrize("backend", BACKENDS)
def test_weights_and_devices_that_are_not_there_are_refused_without_a_traceback(
    emit: Callable[..., Any], data: Path, tmp_path: Path, backend: str
) -> None:
    train = emit(SPEC, backend).train
    broken = tmp_path / WEIGHTS[backend]
    broken.write_bytes(b"not weights")
    absent = tmp_path / f"absent_{WEIGHTS[backend]}"
    for options in (
        ["--weights", str(broken)],
        ["--weights", str(absent)],
        ["--device", "gpu:7" if backend != "torch" else "cuda:7"],
        ["--validation-split", "0.99"],
    ):
        with pytest.raises(SystemExit) as refusal:
            train.main(["--data", str(data), *options])
        assert isinstance(refusal.value.code, str)


@pytest.mark.parametrize(
    "options",
    [["--epochs", "0"], ["--batch-size", "x"], ["--validation-split", "1"], ["--lr"]],
)
def test_wrong_usage_exits_with_two(
    emit: Callable[..., Any], data: Path, options: list[str]
) -> None:
    train = emit(SPEC, "torch").train
    with pytest.raises(SystemExit) as refusal:
        train.main(["--data", str(data), *options])
    assert refusal.value.code == 2


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_program_is_formatted_and_has_no_finding(
    emit: Callable[..., Any], backend: str
) -> None:
    folder = emit(SPEC, backend).folder
    ruff = [sys.executable, "-m", "ruff"]
    for command in (["format", "--check"], ["check", "--select", RULES]):
        done = subprocess.run(
            [*ruff, *command, "--isolated", "--target-version", "py311", "train.py"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


RULES = "E,F,W,I,B,UP,SIM,C4,PIE,RET"


def test_a_torch_program_passes_strict_type_checks(emit: Callable[..., Any]) -> None:
    folder = emit(SPEC, "torch").folder
    flags = ["--strict", "--untyped-calls-exclude=torch", "--ignore-missing-imports"]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *flags, "train.py"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    own = [line for line in done.stdout.splitlines() if line.startswith("train.py")]
    assert own == [], done.stdout + done.stderr


@pytest.mark.parametrize(
    ("name", "imported"),
    [
        ("load", "load as build_load"),
        ("model", "model as build_model"),
        ("iris", "iris"),
    ],
)
def test_a_model_named_as_something_in_the_program_gets_another_name_there(
    emit: Callable[..., Any], data: Path, tmp_path: Path, name: str, imported: str
) -> None:
    program = emit(SPEC.replace("name: board_game", f"name: {name}"), "keras")
    text = (program.folder / "train.py").read_text()
    assert f"from model import {imported}\n" in text
    program.train.main(["--data", str(data), "--epochs", "1"])


SEQUENCES = """
specgraph: 1
name: sequences
dims: {time: {min: 4, max: 8, multiple_of: 2}}
inputs: {tokens: {shape: [time], dtype: int32, range: [1, 9]}}
layers:
  - embedding: {input_dim: 9, output_dim: 2}
  - lstm: {units: 3, return_sequences: true}
  - dense: {units: 1, activation: sigmoid}
train: {optimizer: adam, loss: binary_crossentropy}
"""


@pytest.mark.parametrize(
    ("tokens", "target", "message"),
    [
        ((7, 6), (7, 6, 1), None),
        ((7, 5), (7, 5, 1), "time is 5, which is not in range(4, 9, 2)"),
        ((7, 6), (7, 4, 1), "dense: found float64 [7, 4, 1], wanted float32 [7, 6, 1]"),
        ((7, 6, 1), (7, 6, 1), "found int64 [7, 6, 1], wanted int32 [N, time]"),
    ],
)
def test_a_named_size_is_one_legal_size_everywhere(
    emit: Callable[..., Any],
    tmp_path: Path,
    tokens: tuple[int, ...],
    target: tuple[int, ...],
    message: str | None,
) -> None:
    path = tmp_path / "data.npz"
    np.savez(path, tokens=np.full(tokens, 8), dense=np.ones(target))
    train = emit(SEQUENCES, "torch").train
    if message is None:
        train.main(["--data", str(path)])
        return
    with pytest.raises(SystemExit) as refusal:
        train.main(["--data", str(path)])
    assert message in str(refusal.value.code)


def test_the_only_target_may_be_called_target(
    emit: Callable[..., Any], tmp_path: Path
) -> None:
    path = tmp_path / "data.npz"
    np.savez(path, tokens=np.full((3, 4), 8), target=np.ones((3, 4, 1)))
    out = tmp_path / "out"
    emit(SEQUENCES, "torch").train.main(["--data", str(path), "--out", str(out)])
    assert json.loads((out / "metrics.json").read_text())["loss"][0] > 0

"""Emitted models equal those of keras.applications, to the last digits."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from specgraph.load import compile_spec, load
from specgraph.parity.pool import FLAGS, Pool
from tests.zoo.equality import (
    BACKENDS,
    BOUND,
    ROOT,
    Errors,
    Pass,
    drawn,
    emitted_pass,
    foreign_weights,
    largest_errors,
)


@dataclass(frozen=True, slots=True)
class Pair:
    """A spec and the model of keras.applications that it is the same as."""

    spec: str
    map: str
    model: str
    variant: str = ""
    set: Mapping[str, object] = field(default_factory=dict)
    options: Mapping[str, object] = field(default_factory=dict)


LOGITS = {"classifier_activation": None}
PAIRS = {
    "resnet50": Pair(
        "vision/resnet", "resnet50_keras", "ResNet50", "keras50", options=LOGITS
    ),
    "densenet121": Pair(
        "vision/densenet", "densenet_keras", "DenseNet121", "keras121", options=LOGITS
    ),
    "vgg16": Pair("vision/vgg16", "vgg16_keras", "VGG16", "keras"),
    "mobilenet_v2": Pair(
        "vision/mobilenet_v2",
        "mobilenet_v2_keras",
        "MobileNetV2",
        "keras",
        options=LOGITS,
    ),
    "efficientnet_b0": Pair(
        "vision/efficientnet_b0",
        "efficientnet_b0_keras",
        "EfficientNetB0",
        "keras",
        {"rate": 0.0, "dropout": 0.0},
        LOGITS,
    ),
}
SMALL = {
    "densenet": Pair(
        "vision/densenet",
        "densenet_keras",
        "densenet.DenseNet",
        "keras121",
        {"size": 32, "classes": 5, "depths": [1, 2, 1, 1]},
        {**LOGITS, "blocks": [1, 2, 1, 1], "input_shape": [32, 32, 3], "classes": 5},
    ),
    "mobilenet_v2": Pair(
        "vision/mobilenet_v2",
        "mobilenet_v2_keras",
        "MobileNetV2",
        "keras",
        {
            "size": 32,
            "classes": 5,
            "stem": 16,
            "filters": [8, 8, 16, 24, 32, 56, 112],
        },
        {**LOGITS, "alpha": 0.35, "input_shape": [32, 32, 3], "classes": 5},
    ),
}


@pytest.mark.parametrize("name", SMALL)
def test_a_small_model_equals_its_original(name: str, tmp_path: Path) -> None:
    held(SMALL[name], True, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("training", [False, True], ids=["eval", "train"])
@pytest.mark.parametrize("name", PAIRS)
def test_a_model_equals_its_original(name: str, training: bool, tmp_path: Path) -> None:
    held(PAIRS[name], training, tmp_path)


def held(pair: Pair, training: bool, folder: Path) -> None:
    """Both emitted backends against the original."""
    for backend, found in errors(pair, training, folder).items():
        assert max(found.values()) <= BOUND, (backend, found)


def errors(pair: Pair, training: bool, folder: Path) -> Errors:
    """How far both emitted backends are from the original."""
    path = ROOT / "specs" / f"{pair.spec}.yaml"
    graph = compile_spec(load(path, set=pair.set, variant=pair.variant))
    ((given, image),) = graph.inputs.items()
    sizes = image.value.type.shape
    last = sizes[-1] == 3
    size = sizes[1]
    assert isinstance(size, int)
    pixels = drawn((2, size, size, 3), "image")
    np.save(folder / "image.npy", pixels)
    run_original(pair, training, folder)
    output = np.load(folder / "output.npy")
    (title,) = graph.outputs
    tensors = {
        kind: foreign_weights(graph, f"keras:{folder}/{kind}.weights.h5", pair.map)
        for kind in ("start", "later", "gradients")
    }
    original = Pass({title: output}, tensors["gradients"], tensors["later"])
    inputs = {given: pixels if last else pixels.transpose(0, 3, 1, 2)}
    sums = {title: drawn(output.shape, "output")}
    found = {}
    for backend in BACKENDS:
        with Pool(1200) as pool:
            run = emitted_pass(
                graph, backend, tensors["start"], inputs, sums, training, pool
            )
        found[backend] = largest_errors(graph, tensors["start"], run, original)
    return found


def run_original(pair: Pair, training: bool, folder: Path) -> None:
    """The original's pass, in a process of its own."""
    request = {
        "model": pair.model,
        "options": dict(pair.options),
        "training": training,
    }
    (folder / "request.json").write_text(json.dumps(request))
    command = [sys.executable, "-m", "tests.zoo.originals.keras_original", str(folder)]
    done = subprocess.run(
        command, env={**os.environ, **FLAGS}, cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr

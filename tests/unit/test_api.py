"""The Python API: what `import specgraph` gives."""

from __future__ import annotations

from pathlib import Path

import pytest

import specgraph

SEED = Path(__file__).parents[2] / "specs/seed/mnist_cnn.yaml"


def test_build_takes_a_path_or_a_spec() -> None:
    files = specgraph.build(SEED, "torch")
    assert files == specgraph.build(specgraph.load(SEED), "torch")
    assert "class MnistCnn(nn.Module):" in files["model.py"]


def test_build_gives_the_same_bytes_wherever_the_spec_lies(tmp_path: Path) -> None:
    copy = tmp_path / "mnist_cnn.yaml"
    copy.write_bytes(SEED.read_bytes())
    assert specgraph.build(copy, "keras") == specgraph.build(SEED, "keras")


def test_a_refused_spec_raises_with_its_places() -> None:
    with pytest.raises(specgraph.SpecError) as caught:
        specgraph.loads("specgraph: 1\nname: class\n")
    places = {(d.code, d.at.line) for d in caught.value.diagnostics if d.at}
    assert ("reserved-name", 2) in places


def test_a_backend_that_is_not_there_raises() -> None:
    with pytest.raises(specgraph.PluginError, match="no backend 'caffe'"):
        specgraph.build(SEED, "caffe")


def test_parity_can_be_called_before_and_after_its_package_is_imported() -> None:
    for _ in range(2):
        with pytest.raises(ValueError, match="no check 'nothing'"):
            specgraph.parity(SEED, ["torch"], checks=["nothing"])

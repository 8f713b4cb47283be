"""`specgraph weights`: files in and out, and what it says of wrong ones."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Run


def test_a_seed_gives_the_same_file_each_time(run: Run, project: Path) -> None:
    for name in ("a", "b"):
        to = f"{name}.safetensors"
        done = run("weights", "init", "specs/one.yaml", "--to", to, "--seed", "7")
        assert done.status == 0
    assert Path("a.safetensors").read_bytes() == Path("b.safetensors").read_bytes()


def test_inspect_lists_the_tensors(run: Run, project: Path) -> None:
    run("weights", "init", "specs/one.yaml", "--to", "a.safetensors")
    done = run("weights", "inspect", "a.safetensors")
    assert done.out.splitlines()[-1] == "4 tensors, 195 elements"
    told = json.loads(
        run("weights", "inspect", "a.safetensors", "--format", "json").out
    )
    assert {tensor["key"] for tensor in told["tensors"]} == {
        "dense.kernel",
        "dense.bias",
        "dense_2.kernel",
        "dense_2.bias",
    }


def test_convert_goes_to_a_framework_and_back(run: Run, project: Path) -> None:
    run("weights", "init", "specs/one.yaml", "--to", "a.safetensors")
    there = ("--from", "canonical:a.safetensors", "--to", "torch:t.safetensors")
    back = ("--from", "torch:t.safetensors", "--to", "canonical:b.safetensors")
    assert run("weights", "convert", "specs/one.yaml", *there).status == 0
    assert run("weights", "convert", "specs/one.yaml", *back).status == 0
    assert Path("a.safetensors").read_bytes() == Path("b.safetensors").read_bytes()


def test_weights_that_do_not_fit_are_status_1(run: Run, project: Path) -> None:
    run("weights", "init", "specs/one.yaml", "--to", "a.safetensors")
    to = ("--from", "canonical:a.safetensors", "--to", "torch:t.safetensors")
    wider = ("--set", "classes=4")
    done = run("weights", "convert", "specs/one.yaml", *to, *wider)
    assert done.status == 1
    assert "dense_2" in done.err
    assert not Path("t.safetensors").exists()


def test_an_address_without_an_owner_is_refused_with_the_near_one(
    run: Run, project: Path
) -> None:
    away = ("--from", "troch:a.safetensors", "--to", "keras:b.weights.h5")
    done = run("weights", "convert", "specs/one.yaml", *away)
    assert done.status == 1
    assert "did you mean torch:a.safetensors?" in done.err


def test_a_file_that_is_not_there_is_told(run: Run, project: Path) -> None:
    done = run("weights", "inspect", "nothing.safetensors")
    assert done.status == 1
    assert "nothing.safetensors" in done.err

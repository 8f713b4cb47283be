"""Variants and libraries on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Done, Run

SPEC = """\
specgraph: 1
name: net
include: [blocks/low.yaml]
params: {width: 3}
variants: {wide: {width: 8}, odd: {width: 5}}
inputs: {x: [4]}
layers: [{low: "${width}", repeat: 2}, {dense: 2, name: head}]
"""
WEIGHTS = (("weights", "init"), ("weights", "convert"))
LIBRARY = """\
specgraph: 1
blocks: {low: {params: {units: int}, layers: [dense: "${units}", relu]}}
"""


@pytest.fixture
def net(project: Path) -> Path:
    folder = project / "specs"
    (folder / "blocks").mkdir()
    (folder / "blocks" / "low.yaml").write_text(LIBRARY)
    (folder / "net.yaml").write_text(SPEC)
    return project


def test_check_is_of_every_variant_and_leaves_libraries_out(
    run: Run, net: Path
) -> None:
    done = run("check", "specs/net.yaml", "specs/blocks")
    assert done.status == 0
    assert done.out.splitlines() == [
        "specs/net.yaml: ok (35 parameters)",
        "specs/net.yaml --variant wide: ok (130 parameters)",
        "specs/net.yaml --variant odd: ok (67 parameters)",
    ]
    assert done.err == "specs/blocks/low.yaml: a library of 1 block, no model\n"


def test_a_map_in_a_folder_is_left_out(run: Run, net: Path) -> None:
    (net / "specs" / "maps").mkdir()
    (net / "specs" / "maps" / "net.yaml").write_text("fc${i}: body.${i - 1}\n")
    done = run("check")
    assert done.status == 0
    assert "specs/maps/net.yaml: no spec, none of its keys is one's\n" in done.err
    done = run("check", "specs/maps/net.yaml")
    assert done.status == 1
    assert "unknown key `fc${i}`" in done.err


def test_a_refused_library_in_a_folder_is_told(run: Run, net: Path) -> None:
    (net / "specs/blocks/bad.yaml").write_text("blocks: {a: {layers: [dens: 3]}}\n")
    done = run("check")
    assert done.status == 1
    assert "specs/blocks/bad.yaml:1:23: error[unknown-op]" in done.err


def test_a_library_by_itself_can_be_checked_but_not_built(run: Run, net: Path) -> None:
    assert run("check", "specs/blocks/low.yaml").status == 0
    done = run("build", "specs/blocks/low.yaml", "-b", "torch")
    assert done.status == 1
    assert "error[library]" in done.err


def test_a_problem_of_all_variants_is_told_once(run: Run, net: Path) -> None:
    path = net / "specs/net.yaml"
    path.write_text(SPEC.replace("{dense: 2", "{conv2d: {filters: 2, kernel_size: 3}"))
    done = run("check", "specs/net.yaml")
    assert done.err.endswith("1 problem\n")
    path.write_text(SPEC.replace("dense: 2,", "reshape: ['${width // 3}', 3],"))
    done = run("check", "specs/net.yaml")
    assert "used by variant wide at specs/net.yaml:5:12" in done.err


def test_build_of_a_variant_goes_to_a_folder_of_its_own(run: Run, net: Path) -> None:
    done = run("build", "specs/net.yaml", "-b", "torch", "--variant", "wide")
    assert done.status == 0
    assert done.out.split() == ["wrote", "build/net/wide/torch/model.py"]
    first = (net / "build/net/wide/torch/model.py").read_text().splitlines()[0]
    assert first.startswith("# net.yaml --variant wide · sha256 ")
    done = run("build", "specs/net.yaml", "-b", "torch", "--variant", "all")
    assert sorted(done.out.split()[1::2]) == [
        "build/net/odd/torch/model.py",
        "build/net/torch/model.py",
        "build/net/wide/torch/model.py",
    ]


def test_a_variant_that_there_is_not_is_refused(run: Run, net: Path) -> None:
    done = run("build", "specs/net.yaml", "--variant", "wid")
    assert done.status == 1
    assert "error[unknown-variant]" in done.err
    assert "did you mean wide?" in done.err


def test_set_goes_over_the_variant(run: Run, net: Path) -> None:
    done = run("check", "specs/net.yaml", "--variant", "odd", "--set", "width=1")
    assert done.out == "specs/net.yaml --variant odd: ok (11 parameters)\n"


def test_summary_and_show_open_as_deep_as_they_are_asked_to(
    run: Run, net: Path
) -> None:
    def names(*depth: str) -> list[str]:
        done = run("summary", "specs/net.yaml", "--format", "json", *depth)
        return [row["name"] for row in json.loads(done.out)["layers"]]

    turns = ["low.0", "low.1"]
    assert names("--depth", "0") == ["low", "head"]
    assert names("--depth", "1") == [*turns, "head"]
    inner = [f"{turn}.{layer}" for turn in turns for layer in ("dense", "relu")]
    assert names() == names("--depth", "2") == [*inner, "head"]
    shown = run("show", "specs/net.yaml", "--graph", "--depth", "0").out
    assert "repeat low  # 2 iterations" in shown
    assert "low.0" not in shown.partition("head: ")[0]
    assert "low.0" in run("show", "specs/net.yaml", "--graph").out


def test_sums_of_a_summary_do_not_depend_on_its_depth(run: Run, net: Path) -> None:
    def sums(*depth: str) -> list[int]:
        done = run("summary", "specs/net.yaml", "--format", "json", *depth)
        told = json.loads(done.out)
        rows = sum(row["multiply_adds"] for row in told["layers"])
        weights = sum(row["parameters"] for row in told["layers"])
        assert (weights, rows) == (told["parameters"], told["multiply_adds"])
        return [weights, rows]

    assert sums() == sums("--depth", "0") == sums("--depth", "1")


def test_every_command_about_specs_takes_variant_and_set(run: Run) -> None:
    about_specs = ("build", "check", "diff", "parity", "show", "summary")
    for command in (*map(str.split, about_specs), *WEIGHTS):
        told = run(*command, "--help").out
        assert "--variant" in told and "--set" in told, command


def test_weights_are_those_of_the_variant(run: Run, net: Path) -> None:
    wide = ("--variant", "wide")
    done = run("weights", "init", "specs/net.yaml", "--to", "w.safetensors", *wide)
    assert done.status == 0
    told = run("weights", "inspect", "w.safetensors", "--format", "json").out
    shapes = {tensor["key"]: tensor["shape"] for tensor in json.loads(told)["tensors"]}
    assert shapes["head.kernel"] == [8, 2]
    there = ("--from", "canonical:w.safetensors", "--to", "torch:t.safetensors")
    assert run("weights", "convert", "specs/net.yaml", *there, *wide).status == 0
    assert run("weights", "convert", "specs/net.yaml", *there).status == 1


def test_diff_is_of_a_variant_each_or_of_one_of_both(run: Run, net: Path) -> None:
    def told(*options: str) -> Done:
        return run("diff", "specs/net.yaml", "specs/net.yaml", *options)

    assert told("--variant", "wide").status == 0
    assert told("--variant", "wide", "--variant", "odd").status == 1
    assert told("--variant", "", "--variant", "odd", "--set", "width=2").status == 0
    assert told(*("--variant", "wide") * 3).status == 2


@pytest.mark.parametrize("command", [("diff", "specs/net.yaml"), ("weights", "init")])
def test_what_is_about_one_model_refuses_several(
    run: Run, net: Path, command: tuple[str, ...]
) -> None:
    to = () if command[0] == "diff" else ("--to", "w.safetensors")
    done = run(*command, "specs", *to)
    assert (done.status, done.err.splitlines()[-1]) == (
        2,
        "error: specs holds 3 specs; name the file of one",
    )
    done = run(*command, "specs/net.yaml", *to, "--variant", "all")
    assert done.status == 2
    assert "--variant all means several models" in done.err

"""`include`: blocks of libraries, read from inside the folder of the specs alone."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from specgraph.diagnostics import Diagnostic, Problems, SpecError
from specgraph.load import check_document, compile_spec, load, loads
from specgraph.project import spec_root
from specgraph.spec.include import MOST_FILES, check_library, is_library
from specgraph.spec.source import parse, read

MODEL = "specgraph: 1\nname: m\ninclude: [{}]\ninputs: {{x: [4]}}\nlayers: [{}]\n"
BLOCK = "blocks: {{{}: {{layers: [dense: 3]}}}}\n"

Write = Callable[[dict[str, str]], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def files(texts: dict[str, str]) -> Path:
        for name, text in texts.items():
            path = tmp_path / "specs" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path / "specs" / next(iter(texts))

    return files


def refused(path: Path) -> tuple[Diagnostic, ...]:
    with pytest.raises(SpecError) as caught:
        compile_spec(load(path))
    return caught.value.diagnostics


LIBRARY = """\
specgraph: 1
params: {momentum: 0.25, k: 3, acts: [relu, tanh], low: -1}
blocks:
  norm:
    params: {units: int, k: {type: int, default: "${k + 2}"}}
    layers:
      - dense: {units: "${units * k}", activation: "${acts[1]}"}
      - batch_norm: {axis: "${low}", momentum: "${momentum}"}
      - {for: {momentum: [0.1, 0.2]}, layers: [dropout: "${momentum}"]}
"""


def test_a_block_sees_the_parameters_of_its_own_file(write: Write) -> None:
    middle = (
        'include: [low.yaml]\nparams: {k: 1}\nblocks: {two: {layers: [norm: "${k}"]}}\n'
    )
    model = MODEL.format("lib/middle.yaml, lib/low.yaml", "two, norm: 2")
    model += "params: {k: 70, momentum: 0.5}\n"
    path = write(
        {"a/m.yaml": model.replace("lib/", "../lib/"), "lib/middle.yaml": middle}
        | {"lib/low.yaml": LIBRARY}
    )
    graph = compile_spec(load(path))
    found = {node.name: node for node in graph.walk()}
    assert found["two.norm.dense"].output.type.shape == (5,)
    assert found["norm.dense"].output.type.shape == (10,)
    assert found["norm.batch_norm"].op.attributes()["momentum"] == 0.25
    rates = [
        n.op.attributes()["rate"] for n in found.values() if n.op.label == "dropout"
    ]
    assert rates == [0.1, 0.2] * 2
    again = compile_spec(loads(graph.resolved, "m.yaml"))
    assert again.resolved == graph.resolved
    assert [(n.name, n.op) for n in again.walk()] == [
        (n.name, n.op) for n in graph.walk()
    ]


def test_the_resolved_text_holds_the_blocks_that_are_used(write: Write) -> None:
    lib = "blocks: {a: {layers: [b]}, b: {layers: [relu]}, c: {layers: [relu]}}\n"
    graph = compile_spec(
        load(write({"m.yaml": MODEL.format("l.yaml", "a"), "l.yaml": lib}))
    )
    data: Any = parse(graph.resolved, "m").root.plain()
    assert list(data["blocks"]) == ["a", "b"]
    assert "include" not in data


def test_a_file_that_two_include_is_read_once(write: Write) -> None:
    path = write(
        {
            "m.yaml": MODEL.format("l.yaml, r.yaml", "left, right"),
            "l.yaml": "include: [x.yaml]\nblocks: {left: {layers: [low]}}\n",
            "r.yaml": "include: [./x.yaml]\nblocks: {right: {layers: [low]}}\n",
            "x.yaml": BLOCK.format("low"),
        }
    )
    assert len(list(compile_spec(load(path)).walk())) == 2


def test_a_problem_points_into_the_file_that_has_it(write: Write) -> None:
    lib = "blocks:\n  low:\n    layers: [{dens: 3}]\n"
    path = write({"m.yaml": MODEL.format("lib/l.yaml", "low"), "lib/l.yaml": lib})
    (problem,) = refused(path)
    assert problem.code == "unknown-op"
    assert problem.at is not None
    place = (Path(problem.at.file), problem.at.line, problem.at.column)
    assert place == (path.parent / "lib/l.yaml", 3, 15)
    assert "used by include of" in problem.render()


def test_a_shape_that_does_not_fit_tells_the_use_in_the_spec(write: Write) -> None:
    lib = "blocks: {low: {layers: [flatten, conv2d: {filters: 3, kernel_size: 3}]}}\n"
    (problem,) = refused(
        write({"m.yaml": MODEL.format("l.yaml", "low"), "l.yaml": lib})
    )
    assert problem.at is not None and problem.at.file.endswith("l.yaml")
    ((use, at),) = problem.chain
    assert (use, at.file.endswith("m.yaml"), at.line) == ("low", True, 5)


def test_yaml_that_is_none_is_told_where_it_stands(write: Write) -> None:
    path = write({"m.yaml": MODEL.format("l.yaml", "relu"), "l.yaml": "a: [\n"})
    (problem,) = refused(path)
    assert problem.code == "yaml-syntax"
    assert problem.at is not None and problem.at.file.endswith("l.yaml")


REFUSED: dict[str, tuple[dict[str, str], list[tuple[str, str]]]] = {
    "not there": (
        {"m.yaml": MODEL.format("lib.yaml", "relu")},
        [("no-such-file", "there is no file 'lib.yaml'")],
    ),
    "a folder": (
        {"m.yaml": MODEL.format("lib", "relu"), "lib/x.yaml": BLOCK.format("x")},
        [("no-such-file", "there is no file 'lib'")],
    ),
    "outside": (
        {"m.yaml": MODEL.format("../../x.yaml", "relu")},
        [("outside-include", "outside of the folder of the specs")],
    ),
    "outside and back": (
        {"m.yaml": MODEL.format("../../../../../etc/passwd", "relu")},
        [("outside-include", "outside of the folder of the specs")],
    ),
    "an absolute path": (
        {"m.yaml": MODEL.format("/etc/passwd", "relu")},
        [("outside-include", "named from the folder of the one that includes it")],
    ),
    "backslashes": (
        {"m.yaml": MODEL.format("'..\\..\\x.yaml'", "relu")},
        [("outside-include", "with `/`")],
    ),
    "no names": (
        {"m.yaml": MODEL.format("3, [a], ''", "relu")},
        [("wrong-type", "`include` is a list of files")] * 3,
    ),
    "itself": (
        {"m.yaml": MODEL.format("m.yaml", "relu")},
        [("include-circle", "m.yaml")],
    ),
    "a circle": (
        {
            "m.yaml": MODEL.format("a.yaml", "a"),
            "a.yaml": "include: [b.yaml]\n" + BLOCK.format("a"),
            "b.yaml": "include: [a.yaml]\n" + BLOCK.format("b"),
        },
        [("include-circle", "a.yaml → ")],
    ),
    "a model": (
        {"m.yaml": MODEL.format("n.yaml", "relu"), "n.yaml": MODEL.format("", "relu")},
        [("unknown-key", "a library has no `inputs`"), ("unknown-key", "`layers`")],
    ),
    "semantics of its own": (
        {
            "m.yaml": MODEL.format("n.yaml", "relu"),
            "n.yaml": "semantics: torch\n" + BLOCK.format("a"),
        },
        [("unknown-key", "a library has no `semantics`")],
    ),
    "a name of the spec": (
        {
            "m.yaml": MODEL.format("n.yaml", "a") + BLOCK.format("a"),
            "n.yaml": BLOCK.format("a"),
        },
        [("duplicate-name", "there is another block `a`")],
    ),
    "a name of another library": (
        {
            "m.yaml": MODEL.format("n.yaml, o.yaml", "a"),
            "n.yaml": BLOCK.format("a"),
            "o.yaml": BLOCK.format("a"),
        },
        [("duplicate-name", "there is another block `a`")],
    ),
    "a block of the one that includes it": (
        {
            "m.yaml": MODEL.format("n.yaml", "a") + BLOCK.format("own"),
            "n.yaml": "blocks: {a: {layers: [own]}}\n",
        },
        [("unknown-op", "'own'")],
    ),
    "recursion": (
        {
            "m.yaml": MODEL.format("n.yaml", "a"),
            "n.yaml": "blocks: {a: {layers: [b]}, b: {layers: [a]}}\n",
        },
        [("recursive-block", "a → b → a")],
    ),
}


@pytest.mark.parametrize(("files", "expected"), REFUSED.values(), ids=REFUSED)
def test_refused_includes(
    files: dict[str, str], expected: list[tuple[str, str]], write: Write
) -> None:
    found = refused(write(files))
    said = "\n".join(problem.render() for problem in found)
    assert [problem.code for problem in found] == [code for code, _ in expected], said
    for problem, (_, fragment) in zip(found, expected, strict=True):
        assert fragment in f"{problem.message}; {problem.hint}", said
        assert problem.at is not None


@pytest.mark.parametrize("linked", ["l.yaml", "sub"])
def test_a_symbolic_link_is_not_followed(linked: str, write: Write) -> None:
    name = "sub/l.yaml" if linked == "sub" else linked
    path = write({"m.yaml": MODEL.format(name, "a"), "real/l.yaml": BLOCK.format("a")})
    target = "real" if linked == "sub" else "real/l.yaml"
    os.symlink(path.parent / target, path.parent / linked)
    (problem,) = refused(path)
    assert problem.code == "outside-include"
    assert "a symbolic link is on the way" in problem.message


def test_a_pipe_is_not_opened(write: Write) -> None:
    path = write({"m.yaml": MODEL.format("l.yaml", "relu")})
    os.mkfifo(path.parent / "l.yaml")
    (problem,) = refused(path)
    assert problem.code == "no-such-file"


def test_files_are_counted(write: Write) -> None:
    texts = {"m.yaml": MODEL.format("l0.yaml", "relu")}
    for number in range(MOST_FILES + 5):
        texts[f"l{number}.yaml"] = f"include: [l{number + 1}.yaml]\nblocks: {{}}\n"
    found = refused(write(texts))
    assert [problem.code for problem in found] == ["too-many-files"]
    assert f"{MOST_FILES} files" in found[0].message


def test_a_library_is_checked_for_its_own_sake(write: Write) -> None:
    path = write({"l.yaml": "blocks: {a: {layers: [{relu: {slop: 1}}, {dens: 3}]}}\n"})
    document = read(path)
    problems = Problems()
    assert is_library(document)
    check_library(document, problems)
    assert [problem.code for problem in problems.sorted()] == ["unknown-op"]
    with pytest.raises(SpecError, match="this is a library"):
        check_document(document)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (None, "specs"),
        ('specs = ["specs"]', "specs"),
        ('specs = "specs/deep"', "specs/deep"),
        ('specs = ["elsewhere"]', "specs/deep/er"),
    ],
)
def test_the_folder_of_the_specs(
    settings: str | None, expected: str, tmp_path: Path
) -> None:
    folder = tmp_path / "specs" / "deep" / "er"
    folder.mkdir(parents=True)
    if settings is not None:
        text = f"[tool.specgraph]\n{settings}\n"
        (tmp_path / "pyproject.toml").write_text(text)
    assert spec_root(folder / "m.yaml") == tmp_path / expected


def test_without_a_folder_of_specs_it_is_the_spec_s_own(tmp_path: Path) -> None:
    assert spec_root(tmp_path / "x" / "m.yaml") == tmp_path / "x"

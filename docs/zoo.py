"""The page of the zoo: what `specs/` holds, how long it is, and how equal to originals."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from specgraph.load import compile_spec, load, plan_for

ROOT = Path(__file__).parents[1]
SPECS = ROOT / "specs"
ERRORS = Path(__file__).with_name("zoo.json")
OTHERS = ("blocks", "maps", "seed")
"""Folders of `specs/` that hold no models, or only what the tour is about."""

INTRODUCTION = """\
# The zoo

Architectures that people know, each written once in [`specs/`](../specs) and built for PyTorch, Keras and TensorFlow. The numbers of
trainable parameters are asserted by `tests/zoo/test_counts.py`; lines of code are those of `model.py`, docstring and blank lines counted.
Every model without recurrent layers passes `torch.compile(fullgraph=True)` and `torch.export` with any batch and length; every Keras model
is exported, and compiled whole by XLA (`tests/zoo/test_export.py`, in the small variants).

    specgraph build specs/vision/resnet.yaml --variant resnet152 --backend torch
"""
EQUALITY = """\
## Equal to the originals

The weights of an independent implementation are moved through the canonical file by a map of [`specs/maps/`](../specs/maps) into both
emitted models, all in float64. The numbers are the largest error of any output, and of the gradient of any weight, relative to the scale
of that tensor (or to a thousandth of the largest of its kind), in train and eval mode; moving statistics after the training pass are
compared, too. The bound of the tests is 1e-9; a wrong epsilon or padding shows at 1e-6 and above.
"""
PRETRAINED = """\
Published weights do what they do in their authors' programs, in both backends within 1e-9 (`tests/zoo/test_pretrained.py`): the sentence
embeddings of all-MiniLM-L6-v2 against sentence-transformers, the pitches of CREPE (tiny) against torchcrepe, and the speaker embedding of
a spoken sentence against Resemblyzer.
"""


def page(note: str) -> str:
    """The page, below the note that says what wrote it."""
    head = (
        "| spec | variant | what it is | parameters | lines of spec | torch | keras |"
    )
    lines = [note, "", INTRODUCTION, head, "|---|---|---|---:|---:|---:|---:|", *rows()]
    lines += ["", EQUALITY]
    found = json.loads(ERRORS.read_text("utf-8"))
    versions = ", ".join(f"{name} {text}" for name, text in found["versions"].items())
    lines += [f"Measured on {found['date']} with {versions}.", ""]
    head = (
        "| spec | against | torch: outputs | gradients | keras: outputs | gradients |"
    )
    lines += [head, "|---|---|---:|---:|---:|---:|"]
    lines += [_measured(one) for _, one in sorted(found["models"].items())]
    return "\n".join([*lines, "", PRETRAINED])


def rows() -> Iterator[str]:
    """A row of the table for every spec and variant."""
    for path in sorted(SPECS.glob("*/*.yaml")):
        if path.parent.name in OTHERS:
            continue
        text = path.read_text("utf-8")
        for variant in ("", *load(path).variants):
            yield _row(path, text.count("\n"), variant)


def _row(path: Path, length: int, variant: str) -> str:
    graph = compile_spec(load(path, variant=variant))
    codes = [
        plan_for(graph, backend).files["model.py"].count("\n")
        for backend in ("torch", "keras")
    ]
    name = path.relative_to(SPECS).with_suffix("").as_posix()
    link = f"[{name}](../specs/{name}.yaml)"
    cells = [link, variant, graph.description, f"{graph.count():,}"]
    if variant:
        cells = ["", variant, "", f"{graph.count():,}"]
    sizes = [str(length) if not variant else "", *map(str, codes)]
    return f"| {' | '.join([*cells, *sizes])} |"


def _measured(one: dict[str, Any]) -> str:
    numbers = [
        f"{one['errors'][backend][kind]:.0e}"
        for backend in ("torch", "keras")
        for kind in ("outputs", "gradients")
    ]
    return f"| {' | '.join([one['spec'], one['against'], *numbers])} |"

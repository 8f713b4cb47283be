"""The specs of well-known models have the published numbers of trainable parameters."""

from __future__ import annotations

from pathlib import Path

import pytest

from specgraph.load import compile_spec, load, plan_for

SPECS = Path(__file__).parents[2] / "specs"
PUBLISHED = {
    ("vision/resnet", ""): 25_557_032,
    ("vision/resnet", "resnet18"): 11_689_512,
    ("vision/resnet", "resnet34"): 21_797_672,
    ("vision/resnet", "resnet101"): 44_549_160,
    ("vision/resnet", "resnet152"): 60_192_808,
    ("vision/resnet", "keras50"): 25_583_592,
    ("vision/densenet", ""): 7_978_856,
    ("vision/densenet", "densenet169"): 14_149_480,
    ("vision/densenet", "densenet201"): 20_013_928,
    ("vision/densenet", "keras121"): 7_978_856,
    ("vision/vgg16", ""): 138_357_544,
    ("vision/mobilenet_v2", ""): 3_504_872,
    ("vision/mobilenet_v2", "keras"): 3_504_872,
    ("vision/efficientnet_b0", ""): 5_288_548,
    ("vision/vit", ""): 86_567_656,
    ("text/bert", ""): 109_482_240,
    ("text/bert", "bert_large"): 335_141_888,
    ("text/gpt2", ""): 124_439_808,
}
"""By spec and variant; of models without a published number there is none."""
LINES = {"vision/resnet": {"torch": 100, "keras": 110}}
"""The most lines of code that an expert would take."""


@pytest.mark.parametrize(("spec", "variant"), PUBLISHED)
def test_a_model_has_the_published_number_of_parameters(
    spec: str, variant: str
) -> None:
    graph = compile_spec(load(SPECS / f"{spec}.yaml", variant=variant))
    assert graph.count() == PUBLISHED[spec, variant]


@pytest.mark.parametrize("path", sorted(SPECS.glob("*/*.yaml")), ids=lambda p: p.stem)
def test_a_spec_is_short_and_its_code_has_blocks(path: Path) -> None:
    assert path.read_text().count("\n") <= 120
    graph = compile_spec(load(path))
    most = LINES.get(f"{path.parent.name}/{path.stem}", {})
    for backend in ("torch", "keras", "tensorflow"):
        text = plan_for(graph, backend).files["model.py"]
        assert text.count("\n") <= most.get(backend, 200)

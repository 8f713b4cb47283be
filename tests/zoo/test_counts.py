"""The specs of well-known models have the originals' numbers of trainable parameters."""

from __future__ import annotations

from pathlib import Path

import pytest

from specgraph.load import compile_spec, load, plan_for

SPECS = Path(__file__).parents[2] / "specs"
MODELS = [
    path
    for path in sorted(SPECS.glob("*/*.yaml"))
    if path.parent.name not in ("maps", "blocks")
]
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
    ("vision/efficientnet_b0", "keras"): 5_288_548,
    ("vision/vgg16", "keras"): 138_357_544,
    ("text/bert", ""): 109_482_240,
    ("text/bert", "bert_large"): 335_141_888,
    ("text/gpt2", ""): 124_439_808,
    ("speech/wav2vec2", ""): 94_371_712,
    ("speech/wav2vec2", "large"): 315_428_992,
}
"""By spec and variant."""
DERIVED = {
    ("speech/deepspeech", ""): (
        (19 * 81 + 1) * 2048  # frames in context
        + 2 * (2048 + 1) * 2048
        + 2 * (2 * 2048 + 1) * 2048  # both ways
        + (2048 + 1) * 2048
        + (2048 + 1) * 29
    ),
    ("speech/deepspeech2", ""): (
        (41 * 1 * 32 + 21 * 32 * 32 + 21 * 32 * 96) * 11  # kernels 11 steps wide
        + 2 * (32 + 32 + 96)
        + 2 * (21 * 96 + 7 * 1760)  # normalizations of 21 bins, then of units
        + 2 * (21 * 96 + 6 * 1760 + 7 * 1760) * 1760  # both ways, two kernels
        + 2 * 7 * 2 * 1760  # two biases
        + (1760 + 1) * 29
    ),
    ("text/gru_seq2seq", ""): (
        2 * 50_000 * 512
        + 2 * (512 + 512 + 2) * 3 * 512  # three gates, two biases
        + 512 * 512  # scores
        + 2 * 512 * 512
        + 512 * 50_000
    ),
}
"""Of models whose number was not published, by the shapes of their weights."""
LINES = {"vision/resnet": {"torch": 100, "keras": 110}}
"""The most lines of code that an expert would take."""


@pytest.mark.parametrize(("spec", "variant"), [*PUBLISHED, *DERIVED])
def test_a_model_has_the_number_of_parameters_of_the_original(
    spec: str, variant: str
) -> None:
    graph = compile_spec(load(SPECS / f"{spec}.yaml", variant=variant))
    assert graph.count() == {**PUBLISHED, **DERIVED}[spec, variant]


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_a_spec_is_short_and_its_code_has_blocks(path: Path) -> None:
    assert path.read_text().count("\n") <= 120
    graph = compile_spec(load(path))
    most = LINES.get(f"{path.parent.name}/{path.stem}", {})
    for backend in ("torch", "keras", "tensorflow"):
        text = plan_for(graph, backend).files["model.py"]
        assert text.count("\n") <= most.get(backend, 200)

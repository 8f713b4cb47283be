"""Small configurations of the zoo's models are the same in torch and Keras."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from specgraph.load import compile_spec, load
from specgraph.parity.api import judge
from specgraph.parity.pool import Pool
from specgraph.parity.trial import Settings, gather

SPECS = Path(__file__).parents[2] / "specs"
FAMILIES = ("games", "speech", "text", "vision")
PATHS = sorted(path for family in FAMILIES for path in SPECS.glob(f"{family}/*.yaml"))
SMALL = [
    (f"{path.parent.name}/{path.stem}", variant)
    for path in PATHS
    for variant in load(path).variants
    if variant.startswith("small")
]
SLOW = {
    ("speech/crepe", "small"),
    ("text/minilm", "small"),
    ("speech/wav2vec2", "small"),
    ("text/transformer", "small"),
    ("vision/efficientnet_b0", "small"),
    ("vision/resnet", "small_basic"),
}
"""What takes more than five seconds and has much in common with the others."""
CHECKED = Settings(
    frozenset({"structure", "outputs", "gradients", "buffers"}), ("float64",), 1, 0
)


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    """Workers for all of them."""
    with Pool() as opened:
        yield opened


def test_every_model_has_a_small_configuration() -> None:
    assert {f"{path.parent.name}/{path.stem}" for path in PATHS} == {
        spec for spec, _ in SMALL
    }


@pytest.mark.parametrize(
    ("spec", "variant"),
    [
        pytest.param(*case, marks=[pytest.mark.slow] if case in SLOW else [])
        for case in SMALL
    ],
)
def test_a_small_model_is_the_same_in_torch_and_keras(
    spec: str, variant: str, pool: Pool
) -> None:
    graph = compile_spec(load(SPECS / f"{spec}.yaml", variant=variant))
    report = judge([graph], gather(("torch", "keras")), CHECKED, pool)
    assert report.passed, str(report)

"""Where cells of a window are equal, all backends give the same one the gradient."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from specgraph.load import compile_spec, loads
from specgraph.parity.api import judge
from specgraph.parity.trial import gather
from specgraph.testing import Suite

BACKENDS = ("torch", "keras", "tensorflow")
SIZES = {2: [7, 5, 3], 3: [3, 4, 5, 2]}


@pytest.fixture(scope="module")
def suite() -> Iterator[Suite]:
    """The workers of all three backends."""
    with Suite(*BACKENDS) as opened:
        yield opened


POOLS: list[tuple[str, object, int]] = [
    ("max_pool2d", {"pool_size": 3, "strides": 1}, 2),
    ("max_pool3d", {"pool_size": 3, "strides": 1}, 3),
    ("max_pool3d", {"pool_size": 2, "dilation_rate": 2, "strides": 1}, 3),
    ("adaptive_max_pool2d", [4, 3], 2),
    ("global_max_pool3d", None, 3),
]


@pytest.mark.parametrize(("label", "call", "dims"), POOLS)
@pytest.mark.parametrize("before", ["cap", "repeat"])
def test_the_gradient_of_equals_is_alike(
    suite: Suite, label: str, call: object, dims: int, before: str
) -> None:
    ties: dict[str, object] = {f"upsample{dims}d": 2}
    if before == "cap":
        ties = {"relu": {"max_value": 0.5}}
    spec = {
        "specgraph": 1,
        "name": f"equals_of_{label}",
        "inputs": {"x": SIZES[dims]},
        "layers": [ties, {label: call}],
    }
    graph = compile_spec(loads(json.dumps(spec)))
    report = judge([graph], gather(BACKENDS), suite.settings, suite.pool)
    assert report.passed, report.table()

"""Every sample of every op: `pytest --pyargs specgraph.testing --specgraph-backend NAME`.

The backend is held against the reference; several, against each other, too.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from specgraph.pytest_plugin import backends_of
from specgraph.testing.samples import SampleCase, all_samples
from specgraph.testing.suite import Suite


@pytest.fixture(scope="module")
def suite(request: pytest.FixtureRequest) -> Iterator[Suite]:
    """The workers of the backends."""
    if not request.config.getoption("specgraph_backend"):
        raise pytest.UsageError("--specgraph-backend NAME says which backend to test")
    with Suite(*backends_of(request.config)) as opened:
        yield opened


@pytest.mark.parametrize("case", all_samples(), ids=str)
def test_a_backend_computes_what_an_op_means(suite: Suite, case: SampleCase) -> None:
    gaps = suite.gaps(case)
    if len(gaps) == len(suite.backends):
        pytest.skip("; ".join(f"{name}: {reason}" for name, reason in gaps.items()))
    report = suite.run(case)
    assert report.passed, report.table()

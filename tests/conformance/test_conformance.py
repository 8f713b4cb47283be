"""Every sample of every op, in every backend, against the reference and each other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from specgraph.testing import SampleCase, Suite, all_samples

BACKENDS = ("torch", "keras", "tensorflow")
GAPS: dict[tuple[str, str], str] = {}
"""By sample and backend, why it cannot be built; no other may be missing."""


@pytest.fixture(scope="module")
def suite() -> Iterator[Suite]:
    """The workers of all three backends."""
    with Suite(*BACKENDS) as opened:
        yield opened


@pytest.mark.parametrize("case", all_samples(), ids=str)
def test_backends_compute_what_an_op_means(suite: Suite, case: SampleCase) -> None:
    gaps = {
        (str(case), backend): reason for backend, reason in suite.gaps(case).items()
    }
    assert gaps == {key: GAPS[key] for key in GAPS if key[0] == str(case)}
    report = suite.run(case)
    assert report.passed, report.table()

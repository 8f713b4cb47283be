"""The conformance suite: what every backend must do with every op, for anyone's backend.

import pytest
from specgraph.testing import Suite, all_samples

@pytest.fixture(scope="session")
def suite():
    with Suite("mybackend") as suite:
        yield suite

@pytest.mark.parametrize("case", all_samples(), ids=str)
def test_conformance(suite, case):
    report = suite.run(case)
    assert report.passed, report.table()
"""

from specgraph.testing.samples import SampleCase, all_samples
from specgraph.testing.suite import Suite

__all__ = ["SampleCase", "Suite", "all_samples"]

"""Tests for those who have specs, and the conformance suite for those who have backends.

from specgraph.testing import assert_parity

def test_my_model():
    assert_parity("specs/model.yaml", backends=("torch", "keras"))

Of a backend of your own: `pytest --pyargs specgraph.testing --specgraph-backend NAME`, or

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

from specgraph.testing.assertion import assert_parity
from specgraph.testing.samples import SampleCase, all_samples
from specgraph.testing.suite import Suite

__all__ = ["SampleCase", "Suite", "all_samples", "assert_parity"]

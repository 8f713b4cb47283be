"""One set of workers for all parity tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from specgraph.parity.pool import Pool


@pytest.fixture(scope="session")
def pool() -> Iterator[Pool]:
    """Workers that live as long as the session."""
    with Pool() as opened:
        yield opened


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints how many of the seeded bugs were caught."""
    counts = {
        outcome: sum(
            "test_a_bug_is_caught" in getattr(report, "nodeid", "")
            for report in terminalreporter.stats.get(outcome, ())
        )
        for outcome in ("passed", "failed")
    }
    total = sum(counts.values())
    if total:
        terminalreporter.write_line(f"mutants: {counts['passed']} of {total} killed")

"""A report in the forms that other programs and people read, by the file's suffix."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath

from specgraph.annotations import annotation
from specgraph.parity.report import Report
from specgraph.parity.reports.html import html
from specgraph.parity.reports.junit import junit
from specgraph.parity.reports.markdown import markdown
from specgraph.parity.reports.sarif import sarif

FORMS: dict[str, Callable[[Report], str]] = {
    ".json": Report.to_json,
    ".xml": junit,
    ".md": markdown,
    ".sarif": sarif,
    ".html": html,
}
"""What writes a report, by the suffix of its file."""


def form_of(path: PurePath) -> Callable[[Report], str]:
    """What writes the report of a file; raises ValueError for another suffix."""
    try:
        return FORMS[path.suffix]
    except KeyError:
        known = ", ".join(FORMS)
        raise ValueError(f"a report ends in {known}, not {path.suffix!r}") from None


def github(report: Report) -> str:
    """Annotations of GitHub Actions: one for every failure, on the line of the spec."""
    lines = []
    for check in report.failures:
        title, *rest = report.lines_of(check)
        title = title.removeprefix(f"{check.at}: ")
        text = "\n".join(part.strip() for part in rest)
        lines.append(annotation(title, text or title, *report.where(check)))
    return "".join(f"{line}\n" for line in lines)

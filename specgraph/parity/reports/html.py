"""A report as one HTML page that needs nothing else: no script, no font, no network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from html import escape
from importlib.resources import files

from specgraph.backend import DTYPES
from specgraph.parity.checks import Check, Outline, Sheet, Trace, cell_of
from specgraph.parity.report import Report
from specgraph.parity.reports.chart import chart
from specgraph.parity.reports.drawing import drawing

CAPTIONS = {
    "layers": "Error of every layer",
    "gradients": "Error of every gradient",
    "train": "Error of every optimizer step",
}
MANY = 12
"""Specs beyond which only those that fail are shown unfolded."""


def html(report: Report) -> str:
    """The page: verdict, failures, and for every spec its table, charts and graph."""
    verdict = "passed" if report.passed else "failed"
    style = files(__package__).joinpath("page.css").read_text("utf-8")
    parts = [
        "<!doctype html>",
        '<html lang="en">',
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width">',
        f"<title>specgraph parity: {verdict}</title>",
        f"<style>\n{style}</style>",
        f'<h1 class="{verdict}">specgraph parity</h1>',
        f'<p class="verdict {verdict}">{escape(report.verdict)}</p>',
        *_explanations(report),
        *_failures(report),
        *_changes(report),
        *_specs(report),
        *_rest(report),
        "</html>",
    ]
    return "\n".join(parts) + "\n"


def _failures(report: Report) -> Iterator[str]:
    """What tells where it comes from stands open; what follows from it is folded."""
    if not report.failures:
        return
    yield "<h2>What is wrong</h2>"
    telling = [c for c in report.failures if c.node or c.broke] or report.failures[:1]
    for check in telling:
        yield from _failure(report, check)
    others = [check for check in report.failures if check not in telling]
    if others:
        yield f"<details><summary>{len(others)} more checks that fail</summary>"
        for check in others:
            yield from _failure(report, check)
        yield "</details>"


def _failure(report: Report, check: Check) -> Iterator[str]:
    title, *lines = report.lines_of(check)
    text = "\n".join(line.removeprefix("  ") for line in lines)
    yield f'<section class="failure"><h3>{escape(title)}</h3>'
    yield f"<pre>{escape(text)}</pre></section>"


def _explanations(report: Report) -> Iterator[str]:
    if report.explanations:
        yield "<h2>What it comes down to</h2><ul>"
        for line in report.explained:
            yield f"<li>{escape(line)}</li>"
        yield "</ul>"


def _changes(report: Report) -> Iterator[str]:
    if report.changes:
        yield "<h2>Changed since the report before</h2><ul>"
        for change in report.changes:
            kind = "failed" if change.worse else ""
            told = f"{escape(change.title)}: {escape(change.text)}"
            yield f'<li><span class="{kind}">{change.kind}</span>: {told}</li>'
        yield "</ul>"


def _specs(report: Report) -> Iterator[str]:
    sheets = report.sheets
    for sheet in sheets:
        state = " open" if len(sheets) <= MANY or not sheet.passed else ""
        kind, sign = ("passed", "✓") if sheet.passed else ("failed", "✗")
        yield f"<details{state}><summary>"
        yield f'<span class="{kind}">{sign}</span> {escape(sheet.title)}</summary>'
        yield from _table(sheet)
        outlines = [one for one in report.outlines if one.title == sheet.title]
        blamed = next((one.blamed for one in outlines if one.blamed), "")
        traces = [trace for trace in report.traces if trace.title == sheet.title]
        yield from _charts(traces, blamed)
        for outline in outlines[:1]:  # deviations make several graphs of one shape
            yield from _graph(outline, blamed)
        yield "</details>"


def _table(sheet: Sheet) -> Iterator[str]:
    head = "".join(f"<th>{escape(pair)}</th>" for pair in sheet.pairs)
    yield f"<table><thead><tr><th>check</th><th>dtype</th>{head}</tr></thead><tbody>"
    for name, dtype, cells in sheet.rows:
        shown = "".join(_cell(cell) for cell in cells)
        yield f"<tr><td>{name}</td><td>{dtype}</td>{shown}</tr>"
    yield "</tbody></table>"


def _cell(check: Check | None) -> str:
    if check is None:
        return "<td>-</td>"
    kind = "passed" if check.passed else "failed" if check.ran else "missed"
    told = f"{check.value} {check.case}".strip()
    told = f"{told}; allowed {check.tolerance:.1e}" if check.tolerance else told
    return f'<td class="{kind}" title="{escape(told)}">{escape(cell_of(check))}</td>'


def _charts(traces: list[Trace], blamed: str) -> Iterator[str]:
    for check, caption in CAPTIONS.items():
        for dtype in DTYPES:
            shown = [t for t in traces if (t.check, t.dtype) == (check, dtype)]
            if shown:
                yield f"<figure><figcaption>{caption}, {dtype}</figcaption>"
                yield chart(shown, blamed)
                yield "</figure>"


def _graph(outline: Outline, blamed: str) -> Iterator[str]:
    caption = f"The graph; {escape(blamed)} is to blame" if blamed else "The graph"
    yield f"<figure><figcaption>{caption}</figcaption>"
    yield drawing(replace(outline, blamed=blamed))
    yield "</figure>"


def _rest(report: Report) -> Iterator[str]:
    if report.skipped:
        yield f"<details><summary>Not compared: {len(report.skipped)}</summary><ul>"
        for skip in report.skipped:
            yield f"<li><code>{escape(skip.value)}</code>: {escape(skip.reason)}</li>"
        yield "</ul></details>"
    command = str(report.environment.get("command", ""))
    if command:
        yield f"<h2>Again</h2><pre>{escape(command)}</pre>"
    yield "<h2>Environment</h2><table><tbody>"
    for name, value in report.environment.items():
        if name != "command":
            yield f"<tr><td>{escape(name)}</td><td>{escape(str(value))}</td></tr>"
    for name, held in report.memory.items():
        told = f"{held / 2**30:.2f} GB"
        yield f"<tr><td>memory of {escape(name)}</td><td>{told}</td></tr>"
    yield "</tbody></table>"

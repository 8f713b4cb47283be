"""A report as Markdown, for the summary of a CI job or a comment: at most 1 MiB."""

from __future__ import annotations

from specgraph.parity.checks import Check, Sheet, cell_of
from specgraph.parity.report import Report

LIMIT = 1 << 20
"""Bytes that GitHub takes for the summary of a step."""
ROOM = 1 << 12
"""Bytes that are kept for what says that something was left out."""


def markdown(report: Report) -> str:
    """The report as Markdown: the verdict, the failures, a table for every spec.

    What does not fit into `LIMIT` bytes is counted instead: tables of specs that
    passed first, since failures stand above them.
    """
    sign = "✅" if report.passed else "❌"
    parts = [f"## {sign} specgraph parity: {report.verdict}\n"]
    for check in report.failures:
        parts.append(_failure(report, check))
    if report.explanations:
        lines = [f"- {line}" for line in report.explained]
        parts.append("\n".join(["### What it comes down to", "", *lines, ""]))
    if report.changes:
        lines = [f"- {c.kind}: {c.title}: {c.text}" for c in report.changes]
        parts.append("\n".join(["### Changed since the report before", "", *lines, ""]))
    for sheet in sorted(report.sheets, key=lambda sheet: sheet.passed):
        parts.append(_table(sheet))
    if report.skipped:
        lines = [f"- `{skip.value}`: {skip.reason}" for skip in report.skipped]
        inside = "\n".join(lines)
        parts.append(
            f"<details><summary>not compared: {len(lines)}</summary>\n\n{inside}\n\n</details>\n"
        )
    command = report.environment.get("command")
    if command:
        parts.append(f"Again: `{command}`\n")
    return _fitting(parts)


def _fitting(parts: list[str]) -> str:
    """The parts that fit, and how many do not."""
    kept, used, left = [], 0, 0
    for part in parts:
        size = len(part.encode()) + 1
        if used + size > LIMIT - ROOM:
            left += 1
            continue
        kept.append(part)
        used += size
    if left:
        kept.append(
            f"{left} parts of this report are left out: it would be too long.\n"
        )
    return "\n".join(kept)


def _failure(report: Report, check: Check) -> str:
    title, *lines = report.lines_of(check)
    fence = "`" * 4
    text = "\n".join(line.removeprefix("  ") for line in lines)
    return f"**{title}**\n\n{fence}text\n{text}\n{fence}\n"


def _table(sheet: Sheet) -> str:
    pairs = sheet.pairs
    lines = [
        f"### {sheet.title}",
        "",
        f"| check | dtype | {' | '.join(pairs)} |",
        f"|---|---|{'---:|' * len(pairs)}",
    ]
    for name, dtype, cells in sheet.rows:
        lines.append(f"| {name} | {dtype} | {' | '.join(map(cell_of, cells))} |")
    return "\n".join(lines) + "\n"

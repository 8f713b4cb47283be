"""A graph as SVG: its nodes below each other, what skips some of them beside."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from specgraph.parity.checks import Line, Outline

STEP = 22
"""Pixels from one node to the next."""
LEFT, WIDTH = 150, 960
SHOWN = 160
"""Nodes that are drawn: those around the blamed one, where there are more."""


def drawing(outline: Outline) -> str:
    """The outline as SVG; the blamed node is marked."""
    rows = [Line(name, "input", "", ()) for name in outline.inputs]
    rows += outline.nodes
    names = [row.name for row in rows]
    centre = names.index(outline.blamed) if outline.blamed in names else 0
    first = max(0, min(centre - SHOWN // 2, len(rows) - SHOWN))
    shown = rows[first : first + SHOWN]
    place = {row.name: number for number, row in enumerate(shown)}
    height = STEP * (len(shown) + 2)
    lines = [f'<svg viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" role="img">']
    if first:
        lines.append(f'<text x="{LEFT}" y="14">… {first} before</text>')
    for number, row in enumerate(shown):
        lines += _edges(row, number, place)
    for number, row in enumerate(shown):
        lines += _row(row, number, outline.blamed)
    after = len(rows) - first - len(shown)
    if after:
        y = STEP * (len(shown) + 1.5)
        lines.append(f'<text x="{LEFT}" y="{y:.0f}">… {after} after</text>')
    return "\n".join([*lines, "</svg>"])


def _y(number: int) -> int:
    return STEP * (number + 1) + 6


def _edges(row: Line, number: int, place: dict[str, int]) -> Iterator[str]:
    end = _y(number)
    for name in row.inputs:
        if name not in place:
            continue
        start, span = _y(place[name]), number - place[name]
        if span == 1:
            yield f'<path class="edge" d="M{LEFT - 14} {start + 5}V{end - 5}"/>'
            continue
        out = LEFT - 20 - min(120, 10 + 5 * span)
        yield (
            f'<path class="edge" d="M{LEFT - 18} {start}C{out} {start} {out} {end} '
            f'{LEFT - 18} {end}"/>'
        )


def _row(row: Line, number: int, blamed: str) -> Iterator[str]:
    y = _y(number)
    kind = "name blamed" if row.name == blamed else "name"
    if row.name == blamed:
        width = WIDTH - LEFT + 18
        yield (
            f'<rect class="blame" x="{LEFT - 24}" y="{y - 10}" '
            f'width="{width}" height="20" rx="4"/>'
        )
    yield f'<circle class="dot edge" cx="{LEFT - 14}" cy="{y}" r="4"/>'
    yield f'<text class="{kind}" x="{LEFT}" y="{y + 4}">{escape(row.name)}</text>'
    yield f'<text x="{LEFT + 380}" y="{y + 4}">{escape(row.op)}</text>'
    yield f'<text x="{LEFT + 560}" y="{y + 4}">{escape(row.at)}</text>'

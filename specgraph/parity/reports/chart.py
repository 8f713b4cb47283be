"""Errors against what is allowed, on a log scale, as SVG."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from specgraph.parity.checks import Trace

WIDTH, HEIGHT = 960, 260
LEFT, RIGHT, TOP = 52, 16, 34
LEAST, MOST = -18, 2
"""Exponents of ten at the ends of the scale; 0 lies at the lower end."""
BINS = 400
"""Values that are drawn side by side; of more, the worst of neighbours."""
LABELS = 48
"""Values that are named below a chart."""
COLORS = 6


@dataclass(frozen=True, slots=True)
class Point:
    """A value on the chart, or the worst of several."""

    name: str
    error: float
    allowed: float

    @property
    def wrong(self) -> bool:
        """Whether it is more than allowed."""
        return not self.error <= self.allowed


def chart(traces: Sequence[Trace], blamed: str = "") -> str:
    """The traces of one check and dtype, a colour a pair of backends, as SVG.

    The value of the blamed node is marked.
    """
    names = list(dict.fromkeys(name for trace in traces for name in trace.errors))
    columns = _columns(names)
    count = 1 + max(columns.values())
    foot = 96 if len(names) <= LABELS else 26
    lines = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT + foot}" width="{WIDTH}" role="img">',
        *_grid(),
        *_mark(names, columns, count, blamed),
    ]
    for number, trace in enumerate(traces):
        lines += _series(trace, columns, count, number)
    lines += _labels(names, columns, count)
    return "\n".join([*lines, "</svg>"])


def _columns(names: Sequence[str]) -> dict[str, int]:
    """The column of every value; neighbours share one where there are many."""
    each = max(1, math.ceil(len(names) / BINS))
    return {name: number // each for number, name in enumerate(names)}


def _x(column: int, count: int) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * (column + 0.5) / count


def _y(value: float) -> float:
    """Where an error lies; what is no number lies at the top."""
    power = MOST if not math.isfinite(value) else math.log10(max(value, 1e-300))
    share = (min(max(power, LEAST), MOST) - LEAST) / (MOST - LEAST)
    return TOP + (HEIGHT - TOP) * (1 - share)


def _grid() -> Iterator[str]:
    for power in range(LEAST, MOST + 1, 4):
        y = _y(10.0**power)
        text = "0" if power == LEAST else f"1e{power}"
        yield f'<path class="grid" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>'
        yield f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{text}</text>'


def _mark(
    names: Sequence[str], columns: dict[str, int], count: int, blamed: str
) -> Iterator[str]:
    found = [n for n in names if n == blamed or n.startswith(f"{blamed}.")]
    if not blamed or not found:
        return
    x = _x(columns[found[-1]], count)
    yield f'<path class="blame" d="M{x:.1f} {TOP}V{HEIGHT}"/>'
    anchor = "end" if x > WIDTH / 2 else "start"
    yield (
        f'<text class="blamed" x="{x:.1f}" y="{TOP - 4}" text-anchor="{anchor}">'
        f"{escape(blamed)}</text>"
    )


def _series(
    trace: Trace, columns: dict[str, int], count: int, number: int
) -> Iterator[str]:
    points: dict[int, Point] = {}
    for name, (error, allowed) in trace.errors.items():
        point = Point(name, error, allowed)
        old = points.get(columns[name])
        if old is None or _badness(point) > _badness(old):
            points[columns[name]] = point
    color = f"s{number % COLORS}"
    at = {column: (_x(column, count), _y(p.error)) for column, p in points.items()}
    order = sorted(points)
    run = " ".join(f"{x:.1f},{y:.1f}" for x, y in (at[column] for column in order))
    yield f'<polyline class="run {color}" points="{run}"/>'
    if number == 0:
        limit = " ".join(
            f"{_x(column, count):.1f},{_y(points[column].allowed):.1f}"
            for column in order
        )
        yield f'<polyline class="limit" points="{limit}"/>'
    for column in order:
        point, (x, y) = points[column], at[column]
        told = f"{point.name}: {point.error:.2e}, allowed {point.allowed:.2e}"
        title = f"<title>{escape(f'{_pair(trace)}, {told}')}</title>"
        yield f'<circle class="dot {color}" cx="{x:.1f}" cy="{y:.1f}" r="2.6">{title}</circle>'
        if point.wrong:
            yield f'<circle class="wrong" cx="{x:.1f}" cy="{y:.1f}" r="6"/>'
    left = LEFT + 190 * number
    yield f'<circle class="dot {color}" cx="{left + 4}" cy="10" r="3"/>'
    yield f'<text x="{left + 13}" y="14">{escape(_pair(trace))}</text>'


def _badness(point: Point) -> tuple[bool, float]:
    ratio = point.error / point.allowed if point.allowed else point.error
    return point.wrong, ratio


def _pair(trace: Trace) -> str:
    return " / ".join(trace.backends)


def _labels(names: Sequence[str], columns: dict[str, int], count: int) -> Iterator[str]:
    y = HEIGHT + 14
    if len(names) > LABELS:
        for name, anchor, x in (
            (names[0], "start", LEFT),
            (names[-1], "end", WIDTH - RIGHT),
        ):
            yield f'<text x="{x}" y="{y}" text-anchor="{anchor}">{escape(name)}</text>'
        return
    for name in names:
        middle = _x(columns[name], count)
        short = name if len(name) <= 22 else f"…{name[-21:]}"
        yield (
            f'<text x="{middle:.1f}" y="{y}" text-anchor="end" '
            f'transform="rotate(-40 {middle:.1f} {y})">{escape(short)}</text>'
        )

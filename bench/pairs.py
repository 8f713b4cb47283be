"""Interleaved timing: two things in one run, in turn, compared by their quickest calls.

Whatever else runs on a machine makes a call slower, never quicker.
"""

from __future__ import annotations

import time
from collections.abc import Callable

Action = Callable[[], object]


def seconds(action: Action) -> float:
    """The wall time of one call."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def ratio(ours: Action, peer: Action, rounds: int, lasting: float = 0.0) -> float:
    """The least time of ours over the least of the peer's, after one warm-up each.

    At least so many rounds, and as many as fit into the seconds that it is to last.
    """
    ours()
    peer()
    times: tuple[list[float], list[float]] = ([], [])
    number, start = 0, time.perf_counter()
    while number < rounds or time.perf_counter() - start < lasting:
        order = ((ours, 0), (peer, 1)) if number % 2 else ((peer, 1), (ours, 0))
        for action, column in order:
            times[column].append(seconds(action))
        number += 1
    return min(times[0]) / min(times[1])


def report(title: str, value: float, bound: float | None, note: str = "") -> bool:
    """Prints one line; whether the value keeps its bound."""
    kept = bound is None or value <= bound
    limit = "" if bound is None else f" (at most {bound:g}{'' if kept else ', MISSED'})"
    print(f"{title:<58} {value:7.3f}{limit}{'  ' + note if note else ''}", flush=True)
    return kept

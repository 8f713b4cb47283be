"""Sees the values that come to be inside an emitted file, without touching it.

A value is the result of one call (or operator) of the file, known by its span.  Python
says where a frame stands (`co_positions`), and tells a profiler of every return; what
returns into a frame of the file that stands at a tap's span is the tap's value.
Operators and builtins of a framework that do not return through a Python frame must be
made to: torch does under a `TorchFunctionMode`.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

Span = tuple[int, int, int, int]
"""Line, end line, column, end column, as `co_positions` gives them."""


@cache
def _spans(code: CodeType) -> tuple[tuple[int | None, ...], ...]:
    return tuple(code.co_positions())


def span_of(frame: FrameType) -> tuple[int | None, ...]:
    """Where a frame stands."""
    return _spans(frame.f_code)[frame.f_lasti // 2]


def _chained(file: str) -> dict[Span, Span]:
    """For calls that end a chain of several lines, where Python says they stand.

    Such a call begins, to `co_positions`, at the method's name.
    """
    found: dict[Span, Span] = {}
    for node in ast.walk(ast.parse(Path(file).read_bytes())):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        line, column = node.func.end_lineno or 0, node.func.end_col_offset or 0
        if line > node.lineno:
            end = node.end_lineno or 0, node.end_col_offset or 0
            written = (node.lineno, end[0], node.col_offset, end[1])
            found[written] = (line, end[0], column - len(node.func.attr), end[1])
    return found


class ProfileWatch:
    """Watches the taps of one file.

    A tap is a span, an item of the result there, and which time the call runs; `runs`
    are how often each tap's call runs, where that is more often than there are taps.
    """

    def __init__(
        self,
        file: str,
        taps: Sequence[tuple[Span, int | None, int]],
        siblings: Sequence[Sequence[int]] = (),
        runs: Sequence[int] = (),
        again: Mapping[int, int] | None = None,
    ) -> None:
        self.file = file
        self.siblings = siblings
        self.again = again or {}
        if any(span[0] < span[1] for span, *_ in taps):
            stands = _chained(file)
            taps = [(stands.get(at, at), part, turn) for at, part, turn in taps]
        self._at: dict[tuple[int | None, ...], list[tuple[int, int | None, int]]] = {}
        self._results: dict[tuple[int | None, ...], list[Any]] = {}
        self._done: dict[tuple[int | None, ...], int] = {}
        self._runs: dict[tuple[int | None, ...], int] = {}
        for number, (span, part, turn) in enumerate(taps):
            self._at.setdefault(span, []).append((number, part, turn))
            often = runs[number] if runs else turn + 1
            self._runs[span] = max(self._runs.get(span, 0), often)

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Records results for as long as it is entered."""
        self._results.clear()
        with self._profiled(self._event):
            yield

    def counting(self) -> AbstractContextManager[None]:
        """Counts results for as long as it is entered, so that `here` tells the turn."""
        return self._profiled(self._count)

    @contextmanager
    def _profiled(self, event: Callable[[FrameType, str, Any], None]) -> Iterator[None]:
        self._done.clear()
        before = sys.getprofile()
        sys.setprofile(event)
        try:
            yield
        finally:
            sys.setprofile(before)

    @property
    def found(self) -> dict[int, Any]:
        """What each tap's call gave, by the tap's number.

        One run of a call may return to its place more than once: then the last counts.
        """
        found = {}
        for span, results in self._results.items():
            turns = self._runs[span]
            each = max(len(results) // turns, 1)
            for number, part, turn in self._at[span]:
                place = len(results) - 1 - (turns - 1 - turn) * each
                if place >= 0:
                    result = results[place]
                    found[number] = result if part is None else _flat(result)[part]
        return found

    def here(self) -> int | None:
        """The tap at whose call the file stands now, the innermost one.

        Of a call that runs several times it is the turn that is not done yet.
        """
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            if frame.f_code.co_filename == self.file:
                span = span_of(frame)
                taps = self._at.get(span)
                if taps:
                    turn = self._done.get(span, 0) % self._runs[span]
                    return next((n for n, _, when in taps if when == turn), None)
            frame = frame.f_back
        return None

    def _event(self, frame: FrameType, event: str, result: Any) -> None:
        span = self._tap_of(frame, event)
        if span is not None:
            self._results.setdefault(span, []).append(result)
            self._done[span] = self._done.get(span, 0) + 1

    def _count(self, frame: FrameType, event: str, result: Any) -> None:
        span = self._tap_of(frame, event)
        if span is not None:
            self._done[span] = self._done.get(span, 0) + 1

    def _tap_of(self, frame: FrameType, event: str) -> tuple[int | None, ...] | None:
        """The span of the tap whose call returns, if one does."""
        caller = frame.f_back if event == "return" else None
        if caller is None or caller.f_code.co_filename != self.file:
            return None
        span = span_of(caller)
        return span if span in self._at else None


def _flat(result: Any) -> list[Any]:
    """The items of a result, those of tuples inside it in their place."""
    if not isinstance(result, tuple | list):
        return [result]
    return [item for one in result for item in _flat(one)]

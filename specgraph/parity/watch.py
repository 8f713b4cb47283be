"""Sees the values that come to be inside an emitted file, without touching it.

A value is the result of one call (or operator) of the file, known by its span.  Python
says where a frame stands (`co_positions`), and tells a profiler of every return; what
returns into a frame of the file that stands at a tap's span is the tap's value.
Operators and builtins of a framework that do not return through a Python frame must be
made to: torch does under a `TorchFunctionMode`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
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


class ProfileWatch:
    """Watches the taps of one file."""

    def __init__(
        self,
        file: str,
        taps: Sequence[tuple[Span, int | None]],
        siblings: Sequence[Sequence[int]] = (),
    ) -> None:
        self.file = file
        self.siblings = siblings
        self.found: dict[int, Any] = {}
        self._at: dict[tuple[int | None, ...], list[tuple[int, int | None]]] = {}
        for number, (span, part) in enumerate(taps):
            self._at.setdefault(span, []).append((number, part))

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Records results for as long as it is entered."""
        self.found.clear()
        before = sys.getprofile()
        sys.setprofile(self._event)
        try:
            yield
        finally:
            sys.setprofile(before)

    def here(self) -> int | None:
        """The tap at whose call the file stands now, the innermost one."""
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            if frame.f_code.co_filename == self.file:
                taps = self._at.get(span_of(frame))
                if taps:
                    return taps[0][0]
            frame = frame.f_back
        return None

    def _event(self, frame: FrameType, event: str, result: Any) -> None:
        if event != "return":
            return
        caller = frame.f_back
        if caller is None or caller.f_code.co_filename != self.file:
            return
        for number, part in self._at.get(span_of(caller), ()):
            self.found[number] = result if part is None else _flat(result)[part]


def _flat(result: Any) -> list[Any]:
    """The items of a result, those of tuples inside it in their place."""
    if not isinstance(result, tuple | list):
        return [result]
    return [item for one in result for item in _flat(one)]

"""What is wrong with a spec, where, and what would be accepted instead."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Any, NoReturn, Protocol

MAX_PROBLEMS = 500
"""Distinct problems collected before a spec is given up on."""
MAX_PRINTED = 100
"""Problems spelled out in the text of a `SpecError`; `diagnostics` holds them all."""
MAX_USES = 20
"""Uses of blocks shown below a problem, the outermost and the innermost."""
MAX_COLUMNS = 100
"""Columns of source shown around a caret."""

MAX_TOLD = 1_000
"""Characters of a message that are told; a spec's own text may stand in it."""

_RED, _BLUE, _BOLD, _PLAIN = "\x1b[31;1m", "\x1b[34;1m", "\x1b[1m", "\x1b[0m"
_NO_ALIASES: Mapping[str, str] = {}
_SIMILAR = 0.7
_LONGEST_WORD = 64
_BLANK = "\u115f\u1160\u2800\u3164\uffa0"
"""Letters to Unicode that print as nothing."""


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a file; lines and columns count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Placed(Protocol):
    """Something written in a file: it knows its place, its line and its width there."""

    @property
    def at(self) -> Location: ...
    @property
    def excerpt(self) -> str: ...
    @property
    def width(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One problem: a stable code, a message and, where known, the place and the way out.

    `excerpt` is the source line `at` points into, `width` the characters at fault.
    `chain` lists the uses of blocks that led there, outermost first.
    """

    code: str
    message: str
    at: Location | None = None
    hint: str = ""
    excerpt: str = ""
    width: int = 1
    chain: tuple[tuple[str, Location], ...] = ()

    def render(self, color: bool = False) -> str:
        """Text for people: one line, the source with a caret, the hint, the uses."""
        red, blue, bold, plain = (
            (_RED, _BLUE, _BOLD, _PLAIN) if color else ("", "", "", "")
        )
        place = f"{bold}{visible(str(self.at))}:{plain} " if self.at else ""
        title = f"{red}error[{self.code}]{plain}: {bold}{_told(self.message)}{plain}"
        lines = [place + title]
        if self.at and self.excerpt:
            source, margin, carets = _window(self.excerpt, self.at.column, self.width)
            lines += [f"  {source}", f"  {' ' * margin}{red}{'^' * carets}{plain}"]
        lines += [
            f"  {blue}hint:{plain} {visible(line)}" for line in self.hint.splitlines()
        ]
        uses = [
            f"  used by {visible(name)} at {visible(str(place))}"
            for name, place in self.chain
        ]
        if len(uses) > MAX_USES:
            left = f"  ... and {len(uses) - MAX_USES} uses more"
            uses = [*uses[: MAX_USES // 2], left, *uses[-MAX_USES // 2 :]]
        lines += uses
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """Plain data for tools; the excerpt is the part of the line that is shown."""
        shown = ""
        if self.at and self.excerpt:
            shown = _window(self.excerpt, self.at.column, self.width)[0]
        return {
            "code": self.code,
            "message": _told(self.message),
            **_place(self.at),
            "width": self.width,
            "hint": self.hint,
            "excerpt": shown,
            "chain": [{"use": name, **_place(place)} for name, place in self.chain],
        }


class SpecError(Exception):
    """A spec that is refused; carries every problem found, in the order of the file."""

    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__(*diagnostics)
        self.diagnostics = diagnostics

    def __str__(self) -> str:
        shown = [problem.render() for problem in self.diagnostics[:MAX_PRINTED]]
        if len(self.diagnostics) > MAX_PRINTED:
            shown.append(f"... and {len(self.diagnostics) - MAX_PRINTED} more")
        return "\n".join(shown)


class Problems:
    """Collects problems, each once, so that all of them can be told together."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str, Location | None], Diagnostic] = {}
        self._chain: tuple[tuple[str, Location], ...] = ()

    @contextmanager
    def within(self, use: str, at: Location) -> Iterator[None]:
        """What is recorded meanwhile was met inside a use of a block."""
        before = self._chain
        self._chain = (*before, (use, at))
        try:
            yield
        finally:
            self._chain = before

    def add(
        self,
        code: str,
        message: str,
        where: Placed | Location | None = None,
        hint: str = "",
        chain: tuple[tuple[str, Location], ...] = (),
    ) -> None:
        """Record a problem; SpecError once there are `MAX_PROBLEMS`."""
        if where is None or isinstance(where, Location):
            found = Diagnostic(code, message, where, hint, chain=chain)
        else:
            found = Diagnostic(
                code, message, where.at, hint, where.excerpt, where.width, chain
            )
        self.append(found)

    def append(self, found: Diagnostic) -> None:
        """Record a finished diagnostic; SpecError once there are `MAX_PROBLEMS`."""
        if self._chain and not found.chain:
            found = replace(found, chain=self._chain)
        self._found.setdefault((found.code, found.message, found.at), found)
        if len(self._found) >= MAX_PROBLEMS:
            limit = f"stopped after {MAX_PROBLEMS} problems"
            raise SpecError(*self.sorted(), Diagnostic("too-many-problems", limit))

    def fail(
        self,
        code: str,
        message: str,
        where: Placed | Location | None = None,
        hint: str = "",
        chain: tuple[tuple[str, Location], ...] = (),
    ) -> NoReturn:
        """Record a problem that nothing can be read past, and raise all of them."""
        self.add(code, message, where, hint, chain)
        raise SpecError(*self.sorted())

    def sorted(self) -> tuple[Diagnostic, ...]:
        """What was found, by place; problems without one come last."""
        return tuple(sorted(self._found.values(), key=_by_place))

    def raise_if_any(self) -> None:
        """SpecError with all of them, if there are any."""
        if self._found:
            raise SpecError(*self.sorted())

    def __bool__(self) -> bool:
        return bool(self._found)

    def __len__(self) -> int:
        return len(self._found)


def closest(
    word: str, known: Iterable[str], aliases: Mapping[str, str] = _NO_ALIASES
) -> str | None:
    """The known name that was probably meant, or None.

    Case, `_` and `-` do not count; an alias whose target is known comes first.
    """
    if len(word) > _LONGEST_WORD:
        return None
    names = tuple(known)
    candidates: dict[str, str] = {}
    for name in names:
        candidates.setdefault(_bare(name), name)
    available = set(names)
    for alias, target in aliases.items():
        if target in available:
            candidates[_bare(alias)] = target
    bare = _bare(word)
    if bare in candidates:
        return candidates[bare]
    best = max(candidates, key=lambda name: _likeness(bare, name), default="")
    return candidates[best] if _likeness(bare, best) >= _SIMILAR else None


def _told(message: str) -> str:
    if len(message) > MAX_TOLD:
        message = f"{message[: MAX_TOLD // 2]} … {message[-MAX_TOLD // 2 :]}"
    return visible(message)


def visible(text: str) -> str:
    """`text` with everything that could steer a terminal written as an escape."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_visible, text))


def _visible(char: str) -> str:
    if not char.isprintable():
        return repr(char)[1:-1]
    return f"\\u{ord(char):04x}" if char in _BLANK else char


def _columns(shown: str) -> int:
    """The terminal columns that printable text takes."""
    if shown.isascii():
        return len(shown)
    return sum(
        0
        if unicodedata.combining(char)
        else 2
        if unicodedata.east_asian_width(char) in "WF"
        else 1
        for char in shown
    )


def _window(line: str, column: int, width: int) -> tuple[str, int, int]:
    """At most `MAX_COLUMNS` of a line around `column`, the caret's margin and width."""
    start = min(column - 1, len(line))
    end = min(start + max(width, 1), len(line))
    before = visible(line[max(0, start - MAX_COLUMNS) : start])
    marked = visible(line[start : min(end, start + MAX_COLUMNS)])
    after = visible(line[end : end + MAX_COLUMNS])
    total = _columns(before + marked + after)
    if total <= MAX_COLUMNS and start <= MAX_COLUMNS and end + MAX_COLUMNS >= len(line):
        return before + marked + after, _columns(before), max(_columns(marked), 1)
    marked = _head(marked, MAX_COLUMNS // 2)
    before = _tail(before, MAX_COLUMNS // 4)
    after = _head(after, MAX_COLUMNS - _columns(before + marked))
    return before + marked + after, _columns(before), max(_columns(marked), 1)


def _head(shown: str, columns: int) -> str:
    """The start of `shown`, at most so wide, with an ellipsis where it was cut."""
    if _columns(shown) <= columns:
        return shown
    kept = shown[: columns - 1]
    while kept and _columns(kept) > columns - 1:
        kept = kept[:-1]
    return kept + "…"


def _tail(shown: str, columns: int) -> str:
    """The end of `shown`, at most so wide, with an ellipsis where it was cut."""
    if _columns(shown) <= columns:
        return shown
    kept = shown[-(columns - 1) :]
    while kept and _columns(kept) > columns - 1:
        kept = kept[1:]
    return "…" + kept


def _place(at: Location | None) -> dict[str, Any]:
    if at is None:
        return {"file": None, "line": None, "column": None}
    return {"file": at.file, "line": at.line, "column": at.column}


def _by_place(found: Diagnostic) -> tuple[bool, str, int, int]:
    if found.at is None:
        return (True, "", 0, 0)
    return (False, found.at.file, found.at.line, found.at.column)


def _bare(word: str) -> str:
    return re.sub(r"[_\-\s]", "", word).casefold()


def _likeness(word: str, name: str) -> float:
    """How alike two bare words are, from 0 to 1; 0 for all below `_SIMILAR`."""
    if not word or not name:
        return 0.0
    matcher = SequenceMatcher(None, word, name, autojunk=False)
    if matcher.real_quick_ratio() < _SIMILAR or matcher.quick_ratio() < _SIMILAR:
        return 0.0
    return matcher.ratio()

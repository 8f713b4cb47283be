"""How many nodes a YAML text has, told from its text and tokens before any is built.

The parser's events cost a microsecond each; its tokens, counted in C, a tenth of that.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import yaml

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_INDICATORS = ((":", 3), ("?", 3), ("{", 3), ("[", 2), (",", 2), ("-", 2))
"""Characters, and the nodes that each can stand for at most."""
_LAID_ASIDE = ("&", "!", "%", "---", "...")
"""Characters whose tokens come on top of the three that a node has at most."""
_SHIELDS = ("'", '"', "#", "|", ">")
"""Where one of these stands, a bracket may be text."""
_PIECE = 64
_SLICE = 2**20


def most_nodes(text: str) -> int:
    """A bound on the nodes of a text, from its indicators alone."""
    return 1 + sum(most * text.count(indicator) for indicator, most in _INDICATORS)


def more_nodes(text: str, limit: int, depth: int) -> bool | None:
    """Whether a text has more than `limit` nodes, if C can tell; yaml.YAMLError.

    Without C, or where brackets may be nested deeper than `depth`, nothing is told:
    the scanner's time grows with the square of the nesting.
    """
    if most_nodes(text) <= limit:
        return False
    start = _start(text, 5 * limit)
    if not hasattr(LOADER, "raw_scan") or _may_be_deeper(start, depth):
        return None
    if len(start) < len(text):
        with suppress(yaml.YAMLError):  # it may end inside a quote
            return fewest_nodes(start) > limit or None
        return None
    events = LOADER(text).raw_parse()
    if events <= limit:
        return False
    return fewest_nodes(text, events) > limit or None


def fewest_nodes(text: str, events: int = 0) -> int:
    """A bound from below on the nodes of a text, or of one that begins so.

    A scalar is one token and one event, a list or mapping two of each, and at most one
    token leads to a node: `-`, `?`, `:`, or the `,` after it; none leads to the root.
    """
    tokens: int = LOADER(text).raw_scan()
    tokens -= sum(text.count(indicator) for indicator in _LAID_ASIDE)
    if "{" in text:
        tokens -= text.count(",")
    return max(tokens // 3 - 2, tokens - events + 3 if events else 0)


def _start(text: str, bound: int) -> str:
    """As much of a text as may hold `bound` nodes."""
    nodes = 0
    for begin in range(0, len(text), _SLICE):
        nodes += most_nodes(text[begin : begin + _SLICE])
        if nodes > bound:
            return text[: begin + _SLICE]
    return text


def _may_be_deeper(text: str, depth: int) -> bool:
    """Whether brackets may be nested deeper; a piece may close before it opens."""
    if _count(text, "[{") <= depth:
        return False
    if any(shield in text for shield in _SHIELDS):
        return True
    nested = 0
    for begin in range(0, len(text), _PIECE):
        piece = text[begin : begin + _PIECE]
        opened = _count(piece, "[{")
        if nested + opened > depth:
            return True
        nested = max(nested + opened - _count(piece, "]}"), opened)
    return False


def _count(text: str, characters: str) -> int:
    return sum(map(text.count, characters))

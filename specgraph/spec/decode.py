"""From bytes to text that a YAML parser takes: UTF-8, printable, of bounded size."""

from __future__ import annotations

import codecs
import re
from functools import cache

from specgraph.diagnostics import Location, Problems
from specgraph.spec.nodes import Document, Span

MAX_BYTES = 32 * 2**20
"""Bytes in a YAML file."""

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_CONTROL = re.compile("[^\t\n\r\x20-\x7e]")


@cache
def _unprintable() -> re.Pattern[str]:
    """What YAML forbids; compiled only for text that is not ASCII, as it takes 5 ms."""
    return re.compile(
        "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd"
        "\U00010000-\U0010ffff]"
    )


def decode(text: str | bytes, name: str, problems: Problems) -> str:
    """The text with `\\n` line ends and no byte order mark; SpecError if it is none."""
    at = Location(name, 1, 1)
    if len(text) > MAX_BYTES:
        problems.fail("too-large", "the file is larger than 32 MiB, the limit", at)
    if isinstance(text, bytes):
        text = _from_utf8(text, at, problems)
    text = text.removeprefix("\ufeff")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    found = (_CONTROL if text.isascii() else _unprintable()).search(text)
    if found:
        problems.fail(
            "unprintable",
            f"the character U+{ord(found[0]):04X} cannot stand in YAML",
            Span(Document(name, text), found.start()),
            "remove it; inside double quotes it can be written as an escape",
        )
    return text


def _from_utf8(data: bytes, at: Location, problems: Problems) -> str:
    if data.startswith(_UTF16):
        problems.fail(
            "not-utf-8", "the file is UTF-16", at, "save it as UTF-8, without a BOM"
        )
    if b"\0" in data:
        problems.fail(
            "binary",
            "the file is binary: it holds a NUL byte",
            at,
            "if it is text, save it as UTF-8",
        )
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        start = data.rfind(b"\n", 0, error.start) + 1
        column = len(data[start : error.start].decode()) + 1
        problems.fail(
            "not-utf-8",
            f"the file is not UTF-8: byte 0x{data[error.start]:02x}",
            Location(at.file, line, column),
            "save it as UTF-8",
        )

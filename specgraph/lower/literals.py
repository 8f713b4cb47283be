"""Text that is not code: literals, docstrings and comments, made safe to print."""

import math
import re
import unicodedata
from functools import cache
from types import EllipsisType

_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_CODING = re.compile(r"coding(?=[:=])")


@cache
def _wide() -> re.Pattern[str]:
    """Wide letters: two columns each, to the formatter and to a terminal."""
    return re.compile("[\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uac00-\ud7a3]")


def width(text: str) -> int:
    """Columns that printed text takes."""
    return len(text) if text.isascii() else len(text) + len(_wide().findall(text))


def literal(value: bool | int | float | str | EllipsisType | None) -> str:
    """The source of a constant; a negative number comes with its sign."""
    if isinstance(value, str):
        return quoted(value)
    if value is ...:
        return "..."
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{value!r} has no literal")
    if not isinstance(value, bool | int | float | None):
        raise TypeError(f"{type(value).__name__} is no literal: {value!r}")
    return repr(value)


def quoted(text: str) -> str:
    """A string literal on one line, in double quotes unless single ones escape less."""
    quote = "'" if text.count('"') > text.count("'") else '"'
    return f"{quote}{escaped(text, quote)}{quote}"


def escaped(text: str, quote: str) -> str:
    """The inside of a literal between two `quote`s."""
    if text.isascii() and text.isprintable() and "\\" not in text:
        return text.replace(quote, "\\" + quote)
    return "".join(_escape(char, quote) for char in text)


def _escape(char: str, quote: str) -> str:
    if char == quote:
        return "\\" + char
    if char in _ESCAPES:
        return _ESCAPES[char]
    code = ord(char)
    if 0x20 <= code < 0x7F or _shows_as_itself(char):
        return char
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _shows_as_itself(char: str) -> bool:
    """Neither invisible, nor combining, nor right to left, nor of unsure width."""
    if _wide().match(char):
        return True
    return (
        0xA0 < ord(char) < 0x2600
        and unicodedata.category(char)[0] in "LNPS"
        and unicodedata.category(char) != "Lm"
        and unicodedata.bidirectional(char) not in ("R", "AL", "AN")
        and unicodedata.east_asian_width(char) in ("N", "Na", "A")
        and not 0x1100 <= ord(char) < 0x1200
    )


def sanitize_comment(text: str) -> str:
    """One line of a stranger's text that can end neither a comment nor a docstring."""
    if not text.isascii() or not text.isprintable():
        text = "".join(map(_tame, text))
    return text.replace("\\", "/").replace('"""', "'''").strip()


def _tame(char: str) -> str:
    category = unicodedata.category(char)
    if category in ("Cc", "Zl", "Zp", "Zs"):
        return " "
    return "" if category in ("Cf", "Cs", "Cn") else char


def comment(text: str) -> str:
    """A comment, `#` included, that no tool reads as the encoding of the file."""
    safe = _CODING.sub("coding ", sanitize_comment(text))
    return f"# {safe}" if safe else "#"


def docstring_lines(text: str, indent: str) -> list[str]:
    """The lines of a docstring with its quotes; [] where nothing is left to say."""
    lines = [
        _indentation(line) + sanitize_comment(line)
        for line in re.split(r"\r\n|\r|\n", text)
    ]
    while lines and not lines[0].strip():
        lines.pop(0)
    while lines and not lines[-1].strip():
        lines.pop()
    if not lines:
        return []
    first = lines[0].strip()
    first = f" {first}" if first.startswith('"') else first
    if len(lines) == 1:
        last = " " if first.endswith('"') else ""
        return [f'{indent}"""{first}{last}"""']
    rest = [line.rstrip() for line in lines[1:]]
    shared = min(len(line) - len(line.lstrip()) for line in rest if line)
    body = [indent + line[shared:] if line else "" for line in rest]
    return [f'{indent}"""{first}', *body, f'{indent}"""']


def _indentation(line: str) -> str:
    return " " * (len(line) - len(line.lstrip(" ")))

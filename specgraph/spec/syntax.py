"""What a YAML parser's complaint means, in plain words and with a way out."""

from __future__ import annotations

import re
from typing import Any, NoReturn

from specgraph.diagnostics import Problems
from specgraph.spec.nodes import Document, Part

_CLOSERS = {"}": "{", "]": "["}
_BARE_LAYER = re.compile(r"\s*- ([a-z][a-z0-9_]*)\s*")
_NO_COLON = re.compile(r"\s*(?:- )?([a-z][a-z0-9_]*) ?([{\[ ].*\S)\s*")
_EXPRESSION = re.compile(r"\$\{[^}\n]*\}?")

_PLAIN_WORDS: tuple[tuple[str, str, str], ...] = (
    (
        "mapping values are not allowed",
        "a ': ' stands where no key can be",
        "quote the text if the colon belongs to it; else check the indentation",
    ),
    (
        "expected ',' or '}'",
        "this {...} needs a ',' or its closing '}'",
        "check the brackets and commas",
    ),
    (
        "expected ',' or ']'",
        "this [...] needs a ',' or its closing ']'",
        "check the brackets and commas",
    ),
    (
        "expected '-' indicator",
        "this line belongs to no list entry",
        "entries of one list start with '- ' in the same column",
    ),
    (
        "expected <block end>",
        "this line does not line up with those above",
        "keys of one mapping, and entries of one list, start in the same column",
    ),
    (
        "expected key",
        "this does not line up with the keys above, or follows a finished value",
        "keys of one mapping start in the same column",
    ),
    (
        "expected node content",
        "a value is expected here",
        "write one, or quote the text",
    ),
    (
        "expected the node content",
        "a value is expected here",
        "write one, or quote the text",
    ),
    (
        "expected ':'",
        "a key without ':'",
        "write 'key: value', or '- ' before an entry",
    ),
    (
        "unexpected end of stream",
        "this quote is never closed",
        "close it, or quote the text with the other kind",
    ),
    (
        "unknown escape character",
        "an escape that YAML does not know",
        "write \\\\ for a backslash, or use single quotes",
    ),
    (
        "undefined tag handle",
        "YAML tags are not part of the language",
        "remove the tag, or quote the text",
    ),
    (
        "expected <document start>",
        "text after the end of the document",
        "check the indentation of this line",
    ),
)


def explain(error: Any, document: Document, problems: Problems) -> NoReturn:
    """Record a parser's error as a diagnostic, and raise it with those before."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    wrong = getattr(error, "problem", None) or "not valid YAML"
    index = min(mark.index, len(document.text)) if mark else 0
    text = document.text
    char = text[index : index + 1]
    if char == "{" and text[index - 1 : index] == "$":
        _unquoted(document, index - 1, problems)
    if "mapping values" in wrong:
        start = text.rfind("${", text.rfind("\n", 0, index) + 1, index)
        if start >= 0 and "}" not in text[start:index]:
            _unquoted(document, start, problems)
    where = Part(document, index, 1)
    missing = with_colon(_line(text, index)) if "mapping values" in wrong else ""
    if missing:
        message = "a ':' is missing after the name"
        problems.fail("yaml-syntax", message, where, f"write `{missing}`")
    bare = _bare_layer(text, index) if "mapping values" in wrong else ""
    if bare:
        message = f"a ': ' stands below `- {bare}`, which has none itself"
        hint = f"write `- {bare}:`, and below it `from`, `name` and the like"
        problems.fail("yaml-syntax", message, where, hint)
    if "tab character" in wrong or (char == "\t" and "cannot start" in wrong):
        problems.fail(
            "tab-indentation",
            "a tab stands where YAML allows only spaces",
            where,
            "indent with spaces",
        )
    if "cannot start" in wrong:
        problems.fail(
            "yaml-syntax",
            f"{char!r} cannot begin a value in YAML",
            where,
            "quote the text",
        )
    opened = getattr(error, "context_mark", None)
    if opened and not text[index:].strip():
        where = Part(document, min(opened.index, len(text)), 1)
    for part, message, hint in _PLAIN_WORDS:
        if part in wrong:
            problems.fail("yaml-syntax", message, where, hint)
    context = getattr(error, "context", None)
    problems.fail(
        "yaml-syntax",
        f"not valid YAML: {f'{context}, ' if context else ''}{wrong}",
        where,
    )


def with_colon(line: str) -> str:
    """A layer's line with the `:` that is missing after its name; empty if none is."""
    found = _NO_COLON.fullmatch(line)
    if found is None:
        return ""
    value = found[2].strip()
    opened = value[0] if value[0] in "{[" else ""
    if value.endswith({"{": "}", "[": "]"}.get(opened, "")) and (
        opened or ":" not in value
    ):
        return f"{found[1]}: {value}"
    return ""


def _line(text: str, index: int) -> str:
    start = text.rfind("\n", 0, index) + 1
    end = text.find("\n", index)
    return text[start : end if end >= 0 else None]


def _bare_layer(text: str, index: int) -> str:
    """The layer without a `:` above a line that means to go on with it."""
    start = text.rfind("\n", 0, index)
    above = text[text.rfind("\n", 0, max(start, 0)) + 1 : max(start, 0)]
    found = _BARE_LAYER.fullmatch(above)
    return found[1] if found else ""


def _unquoted(document: Document, index: int, problems: Problems) -> NoReturn:
    """An expression that YAML took apart."""
    found = _EXPRESSION.match(document.text, index)
    written = found[0] if found else "${"
    shown = written if len(written) <= 60 else written[:57] + "..."
    quote = "'" if '"' in written else '"'
    problems.fail(
        "unquoted-expression",
        "an expression inside {...} or [...], or with ': ' in it, must be quoted",
        Part(document, index, len(written)),
        f"write {quote}{shown}{quote}",
    )

"""Annotations of GitHub Actions: lines that a workflow shows beside a file's."""

from __future__ import annotations


def annotation(
    title: str, message: str, file: str = "", line: int = 1, column: int = 0
) -> str:
    """The workflow command that marks a line as wrong; `column` is from 1, 0 for all."""
    where = {"title": title}
    if file:
        where |= {"file": file, "line": str(line)}
        where |= {"col": str(column)} if column else {}
    told = ",".join(f"{name}={_value(text)}" for name, text in where.items())
    return f"::error {told}::{_data(message)}"


def _data(text: str) -> str:
    for sign, code in (("%", "%25"), ("\r", "%0D"), ("\n", "%0A")):
        text = text.replace(sign, code)
    return text


def _value(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")

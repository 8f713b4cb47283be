"""What a command says: colour and tables on a terminal, plain text in a pipe."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn, TextIO

import typer

from specgraph.diagnostics import MAX_PRINTED, Diagnostic, visible
from specgraph_cli.main import DIED as DIED
from specgraph_cli.main import INTERRUPTED as INTERRUPTED

NO, USAGE = 1, 2
"""Exit statuses: the answer is no; wrong usage; a backend is missing or died."""
BROKEN_PIPE = 141


def colored(stream: TextIO) -> bool:
    """Whether a stream shows colours."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return stream.isatty()


def write(text: str) -> None:
    """A line, or lines, of the answer."""
    try:
        sys.stdout.write(f"{text}\n")
    except BrokenPipeError:
        stop_writing()


def write_json(data: Any) -> None:
    """The answer as JSON."""
    write(json.dumps(data, indent=2, ensure_ascii=False))


def heading(text: str) -> None:
    """A line above a part of a long answer."""
    bold, plain = ("\x1b[1m", "\x1b[0m") if colored(sys.stdout) else ("", "")
    write(f"\n{bold}{text}{plain}" if bold else f"\n{text}\n{'-' * len(text)}")


def write_change(sign: str, text: str) -> None:
    """What one side has (`-`) or the other (`+`)."""
    color, plain = "", ""
    if colored(sys.stdout):
        color, plain = {"-": "\x1b[31m", "+": "\x1b[32m"}[sign], "\x1b[0m"
    write(f"  {color}{sign} {visible(text)}{plain}")


def write_diff(diff: str) -> None:
    """A unified diff."""
    if not colored(sys.stdout):
        write(diff.removesuffix("\n"))
        return
    colors = {"-": "\x1b[31m", "+": "\x1b[32m", "@": "\x1b[36m"}
    for line in diff.splitlines():
        color = colors.get(line[:1], "")
        write(f"{color}{line}\x1b[0m" if color else line)


def complain(text: str) -> None:
    """Something beside the answer."""
    sys.stdout.flush()
    sys.stderr.write(f"{text}\n")


def fail(message: str, status: int) -> NoReturn:
    """Says what is wrong and ends the command."""
    red, plain = ("\x1b[31;1m", "\x1b[0m") if colored(sys.stderr) else ("", "")
    complain(f"{red}error:{plain} {message}")
    raise typer.Exit(status)


def progress(done: int, total: int, title: str) -> None:
    """On a terminal, a line that says how far a long command is, and goes at its end."""
    if not sys.stderr.isatty():
        return
    clear = "\r\x1b[K"
    told = f"[{done}/{total}] {visible(title)}" if done < total else ""
    sys.stderr.write(f"{clear}{told}")
    sys.stderr.flush()


def stop_writing() -> NoReturn:
    """Ends the program without another word: nobody reads any more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(BROKEN_PIPE)


def show_problems(problems: Sequence[Diagnostic]) -> None:
    """Diagnostics for people."""
    color = colored(sys.stderr)
    for problem in problems[:MAX_PRINTED]:
        complain(problem.render(color))
    if len(problems) > MAX_PRINTED:
        complain(f"... and {len(problems) - MAX_PRINTED} more")


def table(head: Sequence[str], rows: Sequence[Sequence[str]], right: str = "") -> None:
    """Aligned columns; `right` has an `r` for each column that holds numbers."""
    cells = [[visible(cell) for cell in row] for row in (head, *rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    align = right.ljust(len(head), "l")
    bold, dim, plain = "", "", ""
    if colored(sys.stdout):
        bold, dim, plain = "\x1b[1m", "\x1b[2m", "\x1b[0m"
    for number, row in enumerate(cells):
        padded = [
            cell.rjust(width) if side == "r" else cell.ljust(width)
            for cell, width, side in zip(row, widths, align, strict=True)
        ]
        line = "  ".join(padded).rstrip()
        write(f"{bold}{line}{plain}" if number == 0 else line)
        if number == 0 and dim:
            write(f"{dim}{'  '.join('─' * width for width in widths)}{plain}")

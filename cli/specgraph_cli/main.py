"""The command `specgraph`: one module a command, imported when it is called.

Start-up is most of the time of `check` and `build`, so a call imports no more than its
own command, and nothing here imports rich, NumPy or a framework.
"""

from __future__ import annotations

import errno
import gc
import os
import sys
import traceback
from io import TextIOWrapper
from typing import NoReturn

USAGE, DIED = 2, 3
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
INTERRUPTED = 130


def main() -> NoReturn:
    """Runs the command line; never returns, never shows a traceback unasked."""
    try:
        _speak_utf8()
        _run(sys.argv[1:])
        sys.exit(0)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except OSError as error:
        full = error.errno in FULL
        sys.exit(_cannot_write(error) if full else _internal(error))
    except Exception as error:
        sys.exit(_internal(error))


def _speak_utf8() -> None:
    """Whatever a file is called can be printed, and what is piped into one is UTF-8."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            encoding = stream.encoding if stream.isatty() else "utf-8"
            stream.reconfigure(encoding=encoding, errors="backslashreplace")


def _run(arguments: list[str]) -> None:
    # Pydantic would look for plug-ins of its own in all that is installed.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    # What imports leave behind is no garbage: looking for some is a fifth of the time.
    gc.disable()
    try:
        from specgraph_cli.application import application
        from specgraph_cli.console import stop_writing

        app = application(arguments)
        gc.freeze()
    finally:
        gc.enable()
    try:
        try:
            app(arguments, prog_name="specgraph")
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        stop_writing()


def _cannot_write(error: OSError) -> int:
    sys.stderr.write(f"error: cannot write: {error.strerror}\n")
    # What is still buffered cannot be written at exit either.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return USAGE


def _internal(error: Exception) -> int:
    if os.environ.get("SPECGRAPH_DEBUG"):
        traceback.print_exc()
    what = " ".join(str(error).split())[:300]
    sys.stderr.write(
        f"internal error: {type(error).__name__}: {what}\n"
        "This is a bug in specgraph; please report it with the spec that led here "
        "(SPECGRAPH_DEBUG=1 shows where).\n"
    )
    return DIED

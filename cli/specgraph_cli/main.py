"""The command `specgraph`: one module a command, imported when it is called.

Start-up is most of the time of `check` and `build`, so a call imports no more than its
own command, and nothing here imports rich, NumPy or a framework.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated, NoReturn

import typer

from specgraph_cli import console

COMMANDS = (
    "check",
    "build",
    "show",
    "summary",
    "parity",
    "diff",
    "init",
    "weights",
    "ops",
    "op",
    "backends",
    "schema",
)


def main() -> NoReturn:
    """Runs the command line; never returns, never shows a traceback unasked."""
    try:
        application(sys.argv[1:])(prog_name="specgraph")
        sys.stdout.flush()
        sys.exit(0)
    except BrokenPipeError:
        console.stop_writing()
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        sys.exit(_internal(error))


def application(arguments: Sequence[str]) -> typer.Typer:
    """The command line that these arguments need: one command, or all for the help."""
    app = typer.Typer(
        name="specgraph",
        help="Compiles model specs to PyTorch, Keras and TensorFlow source, and proves "
        "that they agree.",
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_options)
    wanted = [word for word in arguments[:1] if word in COMMANDS]
    for name in wanted or COMMANDS:
        import_module(f"specgraph_cli.{name}").add_to(app)
    return app


def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            help="Print the version.",
            callback=lambda v: _version(v),
            is_eager=True,
        ),
    ] = False,
) -> None:
    """Compiles model specs to PyTorch, Keras and TensorFlow source, and proves that
    they agree.

    \b
    Example:
      specgraph check
      specgraph build model.yaml --backend torch
      specgraph parity model.yaml
    """


def _version(wanted: bool) -> None:
    if wanted:
        from specgraph.version import VERSION

        console.write(f"specgraph {VERSION}")
        raise typer.Exit


def _internal(error: Exception) -> int:
    if os.environ.get("SPECGRAPH_DEBUG"):
        traceback.print_exc()
    what = " ".join(str(error).split())[:300]
    console.complain(
        f"internal error: {type(error).__name__}: {what}\n"
        "This is a bug in specgraph; please report it with the spec that led here "
        "(SPECGRAPH_DEBUG=1 shows where)."
    )
    return console.DIED

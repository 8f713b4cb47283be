"""The application that a command line needs: its own command, imported when called."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Annotated

import typer

from specgraph_cli import console

COMMANDS = (
    "check",
    "build",
    "show",
    "summary",
    "parity",
    "selftest",
    "fuzz",
    "diff",
    "init",
    "weights",
    "ops",
    "op",
    "backends",
    "schema",
)


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

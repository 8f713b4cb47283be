"""Arguments and options that several commands take."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

Specs = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="SPEC",
        help="Spec files, or folders of them; without any, the project's: specs/, or "
        "what [tool.specgraph] in pyproject.toml names.",
        show_default=False,
    ),
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="Replace the value of a parameter of the spec (YAML); repeatable.",
        show_default=False,
    ),
]
VariantNames = Annotated[
    list[str] | None,
    typer.Option(
        "--variant",
        metavar="NAME",
        help="A variant of the spec, or all: the spec as it stands and every variant; "
        "repeatable.",
        show_default=False,
    ),
]
VariantName = Annotated[
    str,
    typer.Option(
        "--variant",
        metavar="NAME",
        help="A variant of the spec; left out, the spec as it stands.",
        show_default=False,
    ),
]
Depth = Annotated[
    int | None,
    typer.Option(
        "--depth",
        min=0,
        metavar="N",
        help="Show what stands in blocks and loops this deep; 0 is the top alone.",
        show_default="everything",
    ),
]
Allowed = Annotated[
    list[str] | None,
    typer.Option(
        "--allow",
        metavar="DEVIATION",
        help="Keep the framework's own way here, as a spec's `deviations` do; "
        "repeatable.",
        show_default=False,
    ),
]
Format = Annotated[
    Literal["text", "json"],
    typer.Option("--format", help="Text for people, or JSON for tools."),
]
ProblemFormat = Annotated[
    Literal["text", "json", "github", "sarif"],
    typer.Option(
        "--format",
        help="Text for people, JSON for tools, annotations of GitHub Actions, or SARIF "
        "for code scanning.",
    ),
]
BackendNames = Annotated[
    list[str] | None,
    typer.Option(
        "--backend",
        "-b",
        metavar="NAME",
        help="A backend, or all; repeatable.",
        show_default=False,
    ),
]
BackendList = Annotated[
    str | None,
    typer.Option(
        "--backends",
        "-b",
        metavar="A,B",
        help="The backends to compare; left out, all whose framework is installed.",
        show_default=False,
    ),
]


def split(text: str | None) -> list[str]:
    """The words of a list with commas, each once."""
    words = (word.strip() for word in (text or "").split(","))
    return list(dict.fromkeys(filter(None, words)))

"""`specgraph diff`: are two specs the same model?"""

from __future__ import annotations

from typing import Annotated

import typer

from specgraph.diagnostics import Location
from specgraph.difference import Difference, Side, differences
from specgraph_cli import console, inputs
from specgraph_cli.options import Format, Settings

Variants = Annotated[
    list[str] | None,
    typer.Option(
        "--variant",
        metavar="NAME",
        help="A variant of both; given twice, of A and then of B ('' is the spec as it "
        "stands).",
        show_default=False,
    ),
]


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("diff", short_help="Say whether two specs are the same model.")(diff)


def diff(
    left: Annotated[str, typer.Argument(metavar="A", help="A spec file.")],
    right: Annotated[str, typer.Argument(metavar="B", help="Another spec file.")],
    variant: Variants = None,
    settings: Settings = None,
    format: Format = "text",
) -> None:
    """Say whether two specs are the same model, and if not, where they part.

    Exits 0 if nothing differs once all defaults are filled in, and 1 otherwise. --set
    is for both.

    \b
    Example:
      specgraph diff old.yaml new.yaml
      specgraph diff resnet.yaml resnet.yaml --variant resnet18 --variant resnet34
    """
    json = format == "json"
    first, second = _sides(variant or [""])
    one = inputs.one(left, settings, first, Side.of, form=format)
    other = inputs.one(right, settings, second, Side.of, form=format)
    found = differences(one, other)
    if json:
        listed = [difference.to_json() for difference in found]
        console.write_json({"same": not found, "differences": listed})
    elif not found:
        console.write(f"{left} and {right} are the same model")
    else:
        _show(found)
    if found:
        raise typer.Exit(console.NO)


def _sides(variants: list[str]) -> tuple[str, str]:
    """The variant of each side."""
    if len(variants) > 2:
        console.fail("--variant is given once for both, or twice", console.USAGE)
    return variants[0], variants[-1]


def _show(found: list[Difference]) -> None:
    for difference in found:
        console.write(difference.what)
        console.write_change("-", f"{difference.left}{_at(difference.left_at)}")
        console.write_change("+", f"{difference.right}{_at(difference.right_at)}")


def _at(place: Location | None) -> str:
    return f"  ({place})" if place else ""

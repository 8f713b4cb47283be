"""`specgraph weights`: draw, convert and look at weight files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from specgraph.diagnostics import SpecError
from specgraph.load import compile_spec
from specgraph.plugins import PluginError
from specgraph_cli import console, inputs
from specgraph_cli.options import Format, Settings, VariantName

if TYPE_CHECKING:
    from collections.abc import Callable

Spec = Annotated[str, typer.Argument(metavar="SPEC", help="The spec file.")]
ADDRESS = "OWNER:FILE"


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    group = typer.Typer(
        name="weights",
        help="Draw, convert and look at weight files.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    group.command("init", short_help="Draw the initial weights of a model.")(init)
    group.command("convert", short_help="Carry weights to another framework.")(convert)
    group.command("inspect", short_help="List the tensors of a file.")(inspect)
    app.add_typer(group)


def init(
    spec: Spec,
    to: Annotated[
        str,
        typer.Option(
            "--to",
            "--out",
            metavar=ADDRESS,
            help="Where to: a canonical file, or torch:FILE, keras:FILE, …",
        ),
    ],
    seed: Annotated[int, typer.Option("--seed", help="The seed.")] = 0,
    dtype: Annotated[
        Literal["float32", "float64"], typer.Option("--dtype", help="The precision.")
    ] = "float32",
    variant: VariantName = "",
    settings: Settings = None,
) -> None:
    """Draw the initial weights of a model; a seed gives all backends the same ones.

    \b
    Example:
      specgraph weights init model.yaml --to initial.safetensors --seed 7
      specgraph weights init model.yaml --to torch:initial.safetensors
      specgraph weights init resnet.yaml --variant resnet34 --to w.safetensors
    """
    graph = inputs.one(spec, settings, variant, compile_spec)
    api = inputs.needing_numpy("specgraph.weights.api")
    made = _guarded(lambda: api.init_weights(graph, to, seed=seed, dtype=dtype), api)
    console.write(f"wrote {made}")


def convert(
    spec: Spec,
    source: Annotated[
        str, typer.Option("--from", metavar=ADDRESS, help="The file to read.")
    ],
    target: Annotated[
        str, typer.Option("--to", metavar=ADDRESS, help="The file to write.")
    ],
    map: Annotated[
        Path | None,
        typer.Option(
            "--map",
            metavar="FILE",
            help="Which foreign name is which of the model's (YAML or JSON).",
            show_default=False,
        ),
    ] = None,
    by_order: Annotated[
        bool,
        typer.Option("--by-order", help="Match layers of one shape by their order."),
    ] = False,
    like: Annotated[
        Path | None,
        typer.Option(
            "--like",
            metavar="FILE",
            help="Give the target the keys of this file, which its own model saved.",
            show_default=False,
        ),
    ] = None,
    variant: VariantName = "",
    settings: Settings = None,
) -> None:
    """Carry weights from one framework's file to another's, or the canonical one.

    OWNER is canonical or a backend. A file that another model of the same layers saved
    is matched by shapes; every match is printed.

    \b
    Example:
      specgraph weights convert model.yaml \\
        --from torch:state.safetensors --to keras:model.weights.h5
    """
    graph = inputs.one(spec, settings, variant, compile_spec)
    api = inputs.needing_numpy("specgraph.weights.api")
    done = _guarded(
        lambda: api.convert_weights(
            graph, source, target, map=map, by_order=by_order, like=like
        ),
        api,
    )
    for match in done.matches:
        console.write(str(match))
    for note in done.notes:
        console.complain(f"note: {note}")
    console.write(f"wrote {done.target}")


def inspect(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A weight file.")],
    format: Format = "text",
) -> None:
    """List the tensors of a weight file.

    \b
    Example:
      specgraph weights inspect initial.safetensors
    """
    api = inputs.needing_numpy("specgraph.weights.api")
    found = _guarded(lambda: api.inspect_weights(file), api)
    if format == "json":
        console.write_json(found.to_json())
        return
    rows = [
        (entry.key, str(list(entry.shape)), entry.dtype, f"{entry.size:,}")
        for entry in found.entries
    ]
    console.table(("tensor", "shape", "dtype", "elements"), rows, right="lllr")
    console.write(f"{len(rows)} tensors, {found.size:,} elements")


def _guarded(act: Callable[[], Any], api: Any) -> Any:
    """What `act` gives; a refusal or a dead framework ends the command."""
    try:
        return act()
    except SpecError as error:
        inputs.refuse(error.diagnostics)
    except (api.WorkerError, PluginError) as error:
        console.fail(str(error), console.DIED)
    except OSError as error:
        console.fail(str(error), console.USAGE)

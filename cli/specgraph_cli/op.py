"""`specgraph op`: everything about one op."""

from __future__ import annotations

import inspect
from typing import Annotated, Any

import typer

from specgraph.definition import plain_form
from specgraph.ir.listing import flow
from specgraph.ops import OPS
from specgraph.ops.base import Op, Port
from specgraph.plugins import PluginError, load_ops
from specgraph_cli import console
from specgraph_cli.options import Format


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("op", short_help="Tell everything about one op.")(op)


def op(
    name: Annotated[str, typer.Argument(metavar="NAME", help="An op.")],
    format: Format = "text",
) -> None:
    """Tell everything about one op: attributes, defaults, reference, rules, samples.

    \b
    Example:
      specgraph op conv2d
    """
    from specgraph.catalogue import entry

    try:
        load_ops()
        found = OPS.get(name)
        if found is None:
            problem = OPS.unknown(name)
            hint = problem.hint or "`specgraph ops` lists them"
            console.fail(f"{problem.message}; {hint}", console.USAGE)
        told = entry(found)
    except PluginError as error:
        console.fail(str(error), console.DIED)
    if format == "json":
        console.write_json(_data(told))
    else:
        _show(told)


def _show(told: Any) -> None:
    op = told.op
    console.heading(op.label)
    console.write(inspect.cleandoc(op.__doc__ or ""))
    if op.leading:
        console.write(f"\nA plain value sets {op.leading}.")
    console.heading("inputs")
    for port in told.ports:
        console.write(f"{port.name}: {port_text(port)}")
    if not told.ports:
        console.write("none")
    _show_attributes(told)
    if told.params:
        console.heading("weights (of the first sample)")
        for param in told.params:
            frozen = "" if param.trainable else ", not trained"
            gates = f", gates {', '.join(param.gates)}" if param.gates else ""
            console.write(f"{param.name}: {list(param.shape)}{gates}{frozen}")
    console.heading("shape rule")
    console.write(told.shape_rule or "The outputs have the input's shape.")
    console.heading("samples")
    for sample in op.samples:
        console.write(f"{sample.name}: {{{op.label}: {flow(plain_form(sample.call))}}}")
    console.heading("reference")
    _show_source(told.reference, "NumPy is not installed")
    for support in told.support:
        console.heading(support.backend)
        _show_source(support.rule, support.reason)
        if support.example:
            console.write(f"\nThe first sample becomes:\n{support.example}")
        if support.helpers:
            console.write(f"\nHelpers: {', '.join(support.helpers)}")
        for sample, reason in support.refused:
            console.write(f"refuses sample {sample!r}: {reason}")


def _show_attributes(told: Any) -> None:
    if not told.attributes:
        return
    console.heading("attributes")
    rows = [
        (
            one.name,
            one.takes.replace("`", ""),
            one.keras if one.keras == one.torch else f"{one.keras} | {one.torch}",
            one.doc,
        )
        for one in told.attributes
    ]
    console.table(("name", "takes", "default (keras | torch)", "what it is"), rows)


def _show_source(source: Any, otherwise: str) -> None:
    console.write(f"{source.place}\n{source.text}" if source else otherwise)


def port_text(port: Port) -> str:
    """How many values of which types a port takes."""
    most = "any number" if port.most is None else str(port.most)
    count = str(port.least) if port.least == port.most else f"{port.least} to {most}"
    if port.most is None:
        count = f"{port.least} or more"
    dtypes = ", ".join(sorted(port.dtypes))
    return f"{count} ({dtypes})"


def _data(told: Any) -> dict[str, Any]:
    op: type[Op] = told.op
    return {
        "name": op.label,
        "doc": inspect.cleandoc(op.__doc__ or ""),
        "leading": op.leading,
        "inputs": {port.name: port_text(port) for port in told.ports},
        "attributes": [
            {
                "name": one.name,
                "takes": one.takes,
                "default": {"keras": one.keras, "torch": one.torch},
                "doc": one.doc,
            }
            for one in told.attributes
        ],
        "weights": {param.name: list(param.shape) for param in told.params},
        "shape_rule": told.shape_rule,
        "samples": {s.name: plain_form(s.call) for s in op.samples},
        "reference": _source(told.reference),
        "backends": {
            one.backend: {
                "rule": _source(one.rule),
                "reason": one.reason,
                "example": one.example,
                "helpers": list(one.helpers),
                "refused": dict(one.refused),
            }
            for one in told.support
        },
    }


def _source(source: Any) -> dict[str, str] | None:
    return {"place": source.place, "text": source.text} if source else None

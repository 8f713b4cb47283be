"""Branches of one per item, written out as branches of their own."""

from __future__ import annotations

from dataclasses import replace

from specgraph.ir.loops import variables
from specgraph.ir.scope import Frame
from specgraph.spec.schema import Layer


def written_out(layers: tuple[Layer, ...], frame: Frame) -> tuple[Layer, ...]:
    """The layers, branches of one per item as branches of their own."""
    if not any(layer.form == "branches" for layer in layers):
        return layers
    return tuple(_with_branches(layer, frame) for layer in layers)


def _with_branches(layer: Layer, frame: Frame) -> Layer:
    if layer.form != "branches" or layer.repeat is not None:
        return layer
    if not layer.loops:
        branches = tuple(
            (name, written_out(inner, frame)) for name, inner in layer.branches
        )
        if branches == layer.branches:
            return layer
        return replace(layer, branches=branches, original=layer.original or layer)
    found = variables(layer, frame.evaluator)
    if not found:
        if found is not None:
            message = "these branches are none: their list is empty"
            frame.evaluator.problems.add("bad-value", message, layer.loops[0][1])
        return Layer("broken", layer.at, name=layer.name, name_at=layer.name_at)
    branches = tuple(
        (f"b{number}", tuple(_copy(one, number) for one in layer.layers))
        for number in range(len(found))
    )
    branches = tuple(
        (name, written_out(inner, frame.under(bound)))
        for (name, inner), bound in zip(branches, found, strict=True)
    )
    return replace(
        layer,
        layers=(),
        branches=branches,
        bindings=tuple(found),
        original=layer.original or layer,
    )


def _copy(layer: Layer, number: int) -> Layer:
    """A layer of branches of one per item, under a name of its own."""
    name = layer.name
    if name is not None and number:
        name = f"{name}_{number + 1}"
    branches = tuple(
        (branch, tuple(_copy(one, number) for one in inner))
        for branch, inner in layer.branches
    )
    return replace(
        layer, name=name, branches=branches, original=layer.original or layer
    )

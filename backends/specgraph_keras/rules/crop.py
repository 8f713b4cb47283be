"""Cropping: `layers.Cropping2D` and its kin."""

from __future__ import annotations

from specgraph.lower.rules import At, Lowered
from specgraph.ops.crop import Crop, Crop1D, Crop2D, Crop3D
from specgraph_keras.rules.base import RULES, chain, make
from specgraph_keras.rules.pad import padding_of


@RULES.lower(Crop1D, Crop2D, Crop3D)
def crop(op: Crop, at: At) -> Lowered:
    """The framework's layer."""
    layer = make(at, f"Cropping{op.dims}D", padding_of(op.cropping))
    return chain(at, layer)

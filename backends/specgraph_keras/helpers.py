"""The helpers a Keras model file may carry, by name, and the file of `emit/` each is in."""

from __future__ import annotations

HELPERS: dict[str, str] = {"fan_in_uniform": "initializers.py"}

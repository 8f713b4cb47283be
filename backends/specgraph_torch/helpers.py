"""The helpers a torch model file may carry, by name, and the file of `emit/` each is in."""

from __future__ import annotations

HELPERS: dict[str, str] = {}

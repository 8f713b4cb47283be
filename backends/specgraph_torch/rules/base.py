"""The rule table of torch."""

from __future__ import annotations

from specgraph.lower.rules import Rules
from specgraph.ops.base import Op

RULES: Rules[Op] = Rules("torch", package=__package__)

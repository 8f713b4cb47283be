"""The (op, backend) pairs without a rule, each with its reason; no other may be one."""

from __future__ import annotations

GAPS: dict[tuple[str, str], str] = {}

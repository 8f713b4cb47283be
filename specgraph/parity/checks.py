"""What one comparison found, and what else a report is made of."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

REFERENCE = "reference"
"""The name that the NumPy reference has among backends."""


CHECKS = (
    "structure",
    "weights",
    "outputs",
    "layers",
    "loss",
    "gradients",
    "buffers",
    "train",
    "random",
)
"""Every check, in the order in which one failing explains the next."""


@dataclass(frozen=True, slots=True)
class About:
    """What a part of a report is about."""

    spec: str
    variant: str

    @property
    def title(self) -> str:
        """The spec, and its variant."""
        return f"{self.spec} {self.variant}".rstrip()


@dataclass(frozen=True, slots=True)
class Check(About):
    """One thing that was compared between two backends, the worst of it."""

    check: str
    dtype: str
    backends: tuple[str, str]
    error: float
    tolerance: float
    passed: bool
    value: str
    """The path of the worst value, or "" where the check has none."""
    at: str
    """Where the spec says it: `file:line`."""
    case: str = ""
    """The mode, sizes and inputs at which it was worst."""
    detail: str = ""
    """What a person needs to know of a failure."""
    died: bool = False
    """Whether a backend was missing or its process died."""
    broke: bool = False
    """Whether a job gave no result, so that nothing was compared."""
    cause: str = ""
    """Where a job gave no result, what that comes from, the same for the same cause."""
    ran: bool = True
    """False where a failure that is told elsewhere kept it from being run."""
    node: str = ""
    """The path of the node that is to blame, where that was found."""

    def to_json(self) -> dict[str, Any]:
        """Plain data; `case`, `node` and `detail` only where they say something."""
        found: dict[str, Any] = {
            "spec": self.spec,
            "variant": self.variant,
            "check": self.check,
            "dtype": self.dtype,
            "backends": list(self.backends),
            "error": self.error if math.isfinite(self.error) else None,
            "tolerance": self.tolerance,
            "passed": self.passed,
            "value": self.value,
            "at": self.at,
        }
        for name in ("case", "node", "detail"):
            if getattr(self, name):
                found[name] = getattr(self, name)
        return found


@dataclass(frozen=True, slots=True)
class Sheet:
    """The checks of one spec and variant, as a table shows them."""

    title: str
    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Whether all of them passed."""
        return all(check.passed for check in self.checks)

    @property
    def pairs(self) -> list[str]:
        """The columns: pairs of backends."""
        return list(dict.fromkeys(pair_of(check) for check in self.checks))

    @property
    def rows(self) -> list[tuple[str, str, list[Check | None]]]:
        """A check and dtype, and what was found for each pair."""
        found: dict[tuple[str, str], dict[str, Check]] = {}
        for check in self.checks:
            found.setdefault((check.check, check.dtype), {})[pair_of(check)] = check
        return [
            (name, dtype, [cells.get(pair) for pair in self.pairs])
            for (name, dtype), cells in found.items()
        ]


@dataclass(frozen=True, slots=True)
class Skip:
    """Something that was not compared, and why."""

    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class Trace(About):
    """The error of every value, gradient or optimizer step of one check and pair."""

    check: str
    dtype: str
    backends: tuple[str, str]
    errors: dict[str, tuple[float, float]]
    """By value (or `step 1`), in order: its worst error, and what was allowed."""

    def to_json(self) -> dict[str, Any]:
        """Plain data; an error that is no number is null."""
        errors = [
            [name, error if math.isfinite(error) else None, allowed]
            for name, (error, allowed) in self.errors.items()
        ]
        return {
            "spec": self.spec,
            "variant": self.variant,
            "check": self.check,
            "dtype": self.dtype,
            "backends": list(self.backends),
            "errors": errors,
        }


@dataclass(frozen=True, slots=True)
class Line:
    """A node of a graph, as an outline shows it."""

    name: str
    op: str
    at: str
    """`file:line` of the spec."""
    inputs: tuple[str, ...]
    """The nodes, and inputs of the model, that it takes values of."""


@dataclass(frozen=True, slots=True)
class Outline(About):
    """The nodes of a spec in order, and the one that is to blame for a failure."""

    inputs: tuple[str, ...]
    nodes: tuple[Line, ...]
    blamed: str = ""


def pair_of(check: Check) -> str:
    """The backends that a check compares, in a word."""
    return "/".join(name for name in check.backends if name)


def cell_of(check: Check | None) -> str:
    """What a table shows of a check."""
    if check is None:
        return "-"
    if not check.ran:
        return "not run"
    number = f"{check.error:.1e}" if check.error else "0"
    if check.passed:
        return number
    return f"FAIL {number}" if math.isfinite(check.error) else "FAIL"

"""What a parity run found: for people a table, for tools JSON."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import Any, Literal

SCHEMA = 1
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


Kind = Literal["grown", "gone", "new", "broken", "mended"]


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a check since an older report."""

    kind: Kind
    title: str
    text: str

    @property
    def worse(self) -> bool:
        """Whether a run fails for it."""
        return self.kind in ("grown", "gone", "broken")


@dataclass(slots=True)
class Report:
    """The verdict on some specs.

    It passes if something was compared, all agreed, and nothing is worse than before.
    """

    environment: dict[str, Any] = field(default_factory=dict)
    checks: list[Check] = field(default_factory=list)
    compared: int = 0
    """How many values and weights were compared, each counted once."""
    skipped: list[Skip] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    """Since the report that this one is held against, if there is one."""
    traces: list[Trace] = field(default_factory=list)
    outlines: list[Outline] = field(default_factory=list)
    """The graphs that were tried, for pictures; not part of the JSON."""
    seconds: dict[str, float] = field(default_factory=dict)
    """Where the time went; not part of the JSON, which is the same for every run."""

    @property
    def passed(self) -> bool:
        """Whether every check passed, of which there are some, and none got worse."""
        agreed = bool(self.checks) and all(check.passed for check in self.checks)
        return agreed and not any(change.worse for change in self.changes)

    @property
    def failures(self) -> list[Check]:
        """The checks that were run and did not pass."""
        return [check for check in self.checks if check.ran and not check.passed]

    @property
    def exit_code(self) -> int:
        """0 for agreement, 1 for a difference, 3 if a backend was missing or died."""
        if self.passed:
            return 0
        return 3 if any(check.died for check in self.failures) else 1

    def to_json(self) -> str:
        """The report as JSON text, its schema as documented."""
        coverage = [{"value": s.value, "reason": s.reason} for s in self.skipped]
        data = {
            "schema": SCHEMA,
            "passed": self.passed,
            "environment": self.environment,
            "checks": [check.to_json() for check in self.checks],
            "traces": [trace.to_json() for trace in self.traces],
            "coverage": {"compared": self.compared, "skipped": coverage},
        }
        if self.changes:
            names = ("kind", "title", "text")
            data["changes"] = [
                {name: getattr(change, name) for name in names}
                for change in self.changes
            ]
        return json.dumps(data, indent=1, allow_nan=False) + "\n"

    def table(self) -> str:
        """The report as text for people."""
        lines = []
        for sheet in self.sheets:
            lines += _table_of(sheet)
        for check in self.failures:
            lines += ["", *self.lines_of(check)]
        if self.changes:
            lines += ["", "changed since the report before:"]
            lines += [f"  {c.kind}: {c.title}: {c.text}" for c in self.changes]
        if self.skipped:
            lines += ["", "not compared:"]
            lines += [f"  {skip.value}: {skip.reason}" for skip in self.skipped]
        lines += ["", self.verdict]
        if self.seconds:
            spent = sorted(self.seconds.items(), key=lambda item: -item[1])
            shown = [f"{what} {seconds:.1f} s" for what, seconds in spent]
            lines.append(f"time: {', '.join(shown)}")
        return "\n".join(lines) + "\n"

    @property
    def sheets(self) -> list[Sheet]:
        """The checks by spec and variant."""
        found: dict[str, list[Check]] = {}
        for check in self.checks:
            found.setdefault(check.title, []).append(check)
        return [Sheet(title, tuple(checks)) for title, checks in found.items()]

    def lines_of(self, failure: Check) -> list[str]:
        """What is wrong, where, by how much, and whether it is more than noise."""
        return [*_failure(failure), *self._noise(failure)]

    def where(self, check: Check) -> tuple[str, int]:
        """The file and line of the spec to look at: of the node to blame, if known."""
        places = [
            line.at
            for outline in self.outlines
            if outline.title == check.title
            for line in outline.nodes
            if line.name == check.node
        ]
        file, _, line = (places[0] if places else check.at).rpartition(":")
        return file, int(line) if file else 1

    def _noise(self, failure: Check) -> list[str]:
        """Whether a failure in float32 alone is a wrong model."""
        same = [
            check.passed
            for check in self.checks
            if (check.title, check.check, check.backends)
            == (failure.title, failure.check, failure.backends)
            and check.dtype == "float64"
        ]
        if failure.dtype == "float64" or not all(same) or not same:
            return []
        return [
            "  float64 agrees: the model is the same, but float32 computes it badly"
        ]

    @property
    def verdict(self) -> str:
        """Whether it passed, in a line."""
        if not self.checks:
            return "FAILED: nothing was compared"
        number = len(self.checks)
        if self.passed:
            return (
                f"passed: {number} checks, {self.compared} values and weights compared"
            )
        worse = sum(change.worse for change in self.changes)
        told = f"FAILED: {len(self.failures)} of {number} checks"
        if worse:
            told += f", {worse} worse than before"
        missed = sum(not check.ran for check in self.checks)
        return f"{told}; {missed} were not run because of it" if missed else told


def _table_of(sheet: Sheet) -> list[str]:
    """One line a check and dtype, one column a pair of backends."""
    body = [
        [name, dtype, *(cell_of(cell) for cell in cells)]
        for name, dtype, cells in sheet.rows
    ]
    table = [["check", "dtype", *sheet.pairs], *body]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in table
    ]
    return ["", sheet.title, *(f"  {line.rstrip()}" for line in lines)]


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


def _failure(check: Check) -> list[str]:
    """What is wrong, where, and by how much."""
    place = f"{check.at}: " if check.at else ""
    what = f" of {check.value}" if check.value else ""
    names = " and ".join(name for name in check.backends if name)
    title = f"{place}{check.check}{what} ({check.dtype}) differ between {names}"
    if check.check == "structure":
        title = (
            f"{place}structure{what} ({check.dtype}) is wrong in {check.backends[0]}"
        )
    lines = [title]
    if math.isfinite(check.error) and check.check != "structure":
        lines.append(f"  error {check.error:.2e}, allowed {check.tolerance:.2e}")
    if check.case:
        lines.append(f"  at {check.case}")
    lines += [f"  {line}" for line in check.detail.splitlines()]
    return lines

"""What a parity run found: for people a table, for tools JSON."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import Any, Literal

from specgraph.parity.checks import (
    Check,
    Outline,
    Sheet,
    Skip,
    Trace,
    cell_of,
)

SCHEMA = 1


INTERRUPTED = 130
"""The exit status of a run that was stopped: 128 and the number of SIGINT."""


Cause = Literal[
    "process", "program", "semantics", "leak", "precision", "draws", "unknown"
]
"""What a failure comes down to; `specgraph.parity.explain` says what each is."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """One sentence on some failures that have one cause."""

    title: str
    """The spec, and its variant."""
    backends: tuple[str, ...]
    """Those that are to blame."""
    kind: Cause
    text: str
    count: int
    """How many checks fail for it."""

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "title": self.title,
            "backends": list(self.backends),
            "kind": self.kind,
            "text": self.text,
            "count": self.count,
        }


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
    explanations: list[Explanation] = field(default_factory=list)
    """What the failures come down to, where that was asked for."""
    told: dict[str, str] = field(default_factory=dict)
    """By the cause of a failed job, where its evidence is; not part of the JSON."""
    interrupted: bool = False
    """Whether the run was stopped before its end: what is here was done."""
    memory: dict[str, int] = field(default_factory=dict)
    """By worker, the most bytes that its process held; not part of the JSON."""
    seconds: dict[str, float] = field(default_factory=dict)
    """Where the time went; not part of the JSON, which is the same for every run."""

    @property
    def passed(self) -> bool:
        """Whether every check passed, of which there are some, and none got worse."""
        agreed = bool(self.checks) and all(check.passed for check in self.checks)
        worse = any(change.worse for change in self.changes)
        return agreed and not worse and not self.interrupted

    @property
    def failures(self) -> list[Check]:
        """The checks that were run and did not pass."""
        return [check for check in self.checks if check.ran and not check.passed]

    @property
    def exit_code(self) -> int:
        """0 for agreement, 1 for a difference, 3 if a backend was missing or died.

        130, as after an interrupt in a shell, where the run was stopped.
        """
        if self.interrupted:
            return INTERRUPTED
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
        if self.explanations:
            data["explanations"] = [one.to_json() for one in self.explanations]
        if self.interrupted:
            data["interrupted"] = True
        return json.dumps(data, indent=1, allow_nan=False) + "\n"

    def table(self) -> str:
        """The report as text for people."""
        lines = []
        for sheet in self.sheets:
            lines += _table_of(sheet)
        for check in self.failures:
            lines += ["", *self.lines_of(check)]
        if self.explanations:
            lines += ["", "what it comes down to:"]
            lines += [f"  {line}" for line in self.explained]
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
        if self.memory:
            shown = [
                f"{who} {held / 2**30:.2f} GB" for who, held in self.memory.items()
            ]
            lines.append(f"memory: {', '.join(shown)}")
        return "\n".join(lines) + "\n"

    @property
    def explained(self) -> list[str]:
        """The explanations, a line each."""
        lines = []
        for one in self.explanations:
            told = f"{one.title}: {one.kind}: {one.text}"
            more = f" ({one.count} checks fail for it)" if one.count > 1 else ""
            lines.append(f"{told}{more}")
        return lines

    @property
    def sheets(self) -> list[Sheet]:
        """The checks by spec and variant."""
        found: dict[str, list[Check]] = {}
        for check in self.checks:
            found.setdefault(check.title, []).append(check)
        return [Sheet(title, tuple(checks)) for title, checks in found.items()]

    def of(self, title: str) -> Report:
        """The part that is about one spec and variant."""
        return Report(
            environment=self.environment,
            checks=[check for check in self.checks if check.title == title],
            skipped=[s for s in self.skipped if s.value.startswith(f"{title}.")],
            traces=[trace for trace in self.traces if trace.title == title],
            outlines=[one for one in self.outlines if one.title == title],
        )

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
        if self.interrupted:
            told = f"INTERRUPTED after {len(self.sheets)} specs"
            return f"{told}: {len(self.failures)} of {len(self.checks)} checks failed"
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

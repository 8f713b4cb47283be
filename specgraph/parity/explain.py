"""Wrong or noise? One sentence for every failure, that a person can act on.

A failure is one of six kinds: a process that died; a program that does not run; another
function than the spec's; float64 numbers that a framework rounds through float32; a loss
of precision in float32 alone; or random draws of the wrong kind.  Which it is follows
from the dtypes that fail, the backends that fail, and the size of the error.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from specgraph.parity.checks import REFERENCE, Check, Sheet
from specgraph.parity.gates import EXACT
from specgraph.parity.report import Cause, Explanation, Report

LEAK = 32 * 2.0**-24
"""The error up to which a difference in float64 is of the size of float32's rounding."""


def explain(report: Report) -> list[Explanation]:
    """What every failure of a report comes down to, the same cause told once.

    Failures of one backend, spec and kind are one explanation: the first check in the
    order of checks gives the sentence, the others are counted.
    """
    found = []
    for sheet in report.sheets:
        by_kind: dict[tuple[tuple[str, ...], Cause], list[Check]] = {}
        for check in sheet.checks:
            if check.ran and not check.passed:
                key = _guilty(check, sheet), _kind(check, sheet)
                by_kind.setdefault(key, []).append(check)
        for (names, kind), checks in by_kind.items():
            text = _sentence(report, sheet, names, kind, checks)
            found.append(Explanation(sheet.title, names, kind, text, len(checks)))
    return found


def _guilty(check: Check, sheet: Sheet) -> tuple[str, ...]:
    """The backends to blame: of two that differ, those the reference calls wrong."""
    names = tuple(name for name in check.backends if name and name != REFERENCE)
    if len(names) < 2:
        return names
    wrong = {
        other.backends[0]
        for other in sheet.checks
        if other.ran and not other.passed and REFERENCE in other.backends
    }
    return tuple(name for name in names if name in wrong) or names


def _kind(check: Check, sheet: Sheet) -> Cause:
    if check.died:
        return "process"
    if check.broke:
        return "program"
    if check.check == "random":
        return "draws"
    if check.check in ("structure", "weights") or not math.isfinite(check.error):
        return "semantics"
    if check.dtype != "float64":
        exact = [c for c in _beside(check, sheet) if c.dtype == "float64"]
        wrong = [c for c in exact if not c.passed and c.ran]
        if wrong:
            return _kind(wrong[0], sheet)
        return "precision" if exact else "unknown"
    # What was rounded once is off by as much in every value behind it, not by more.
    worst = max(c.error for c in _numbers(check, sheet))
    return "leak" if EXACT < worst <= LEAK else "semantics"


def _beside(check: Check, sheet: Sheet) -> list[Check]:
    """The same comparison in every dtype."""
    key = check.check, check.backends
    return [c for c in sheet.checks if (c.check, c.backends) == key]


def _numbers(check: Check, sheet: Sheet) -> Iterator[Check]:
    """The failures in float64 of the same backends that have a number."""
    for other in sheet.checks:
        same = other.backends == check.backends and other.dtype == check.dtype
        if same and other.ran and not other.passed and math.isfinite(other.error):
            yield other


def _sentence(
    report: Report,
    sheet: Sheet,
    names: tuple[str, ...],
    kind: str,
    checks: Sequence[Check],
) -> str:
    who = " and ".join(names)
    first = checks[0]
    told = {
        "process": _process,
        "program": _program,
        "semantics": _semantics,
        "leak": _leak,
        "draws": _draws,
        "unknown": _unknown,
    }
    if kind == "precision":
        text = _precision(report, sheet, who, names, checks)
    else:
        text = told[kind](report, who, next((c for c in checks if c.node), first))
    return text


def _process(report: Report, who: str, check: Check) -> str:
    lines = check.detail.splitlines()
    last = lines[-1].strip() if lines else "without a word"
    if len(lines) < 2:
        return f"{who} could not be run: {last}."
    return (
        f"{who} could not be run, so nothing is known of its numbers: {lines[0]} "
        f"{last!r}; what it wrote is above."
    )


def _program(report: Report, who: str, check: Check) -> str:
    lines = [line for line in check.detail.splitlines() if line.strip()]
    said = lines[0] if lines else "it raises"
    if said.startswith("Traceback"):
        said = next((line for line in reversed(lines) if ": " in line), said)
    return (
        f"The program that is emitted for {who} does not run ({said.strip()}): a fault "
        f"of the emitter, not of the spec; nothing of {check.check} was compared."
    )


def _semantics(report: Report, who: str, check: Check) -> str:
    if check.check == "structure":
        return (
            f"{who} has another structure than the spec{_of(check)}: "
            f"{_first_line(check)}."
        )
    if check.check == "weights":
        return (
            f"A weight of {who} does not hold what it is given{_of(check)}: look at how "
            "it is stored, by order of axes and of gates."
        )
    size = f"off by {check.error:.1e}" if math.isfinite(check.error) else "no numbers"
    words = [f"{who} computes another function than the spec says: {_what(check)}"]
    words.append(f"are {size} in {check.dtype}, where rounding explains {EXACT:.0e}")
    if check.node:
        words.append(f"and the first place that is wrong is {_node(report, check)}")
    elif check.check in ("loss", "train"):
        words.append(f"and the model itself agrees: look at {_trained(check)}")
    if REFERENCE not in check.backends:
        words.append(
            "and both agree with the reference, so it is in what only training in "
            "several steps shows"
            if check.check == "train"
            else "and the reference cannot tell which of them"
        )
    return f"{words[0]} {', '.join(words[1:])}."


def _leak(report: Report, who: str, check: Check) -> str:
    place = f" at {_node(report, check)}" if check.node else _of(check)
    return (
        f"{who} seems to round through float32 within a float64 model{place}: {_what(check)} "
        f"are off by {check.error:.1e}, the size of float32's rounding (6e-08); look for "
        "a Python float or a constant that the framework holds in float32, and then for "
        "an epsilon that is off by a little, which looks the same."
    )


def _precision(
    report: Report,
    sheet: Sheet,
    who: str,
    names: tuple[str, ...],
    checks: Sequence[Check],
) -> str:
    first = checks[0]
    worst = max(checks, key=lambda c: c.error / c.tolerance if c.tolerance else 0.0)
    times = worst.error / worst.tolerance if worst.tolerance else math.inf
    others = {
        c.backends[0]
        for c in sheet.checks
        if (c.check, c.dtype) == (worst.check, worst.dtype) and REFERENCE in c.backends
    } - set(names)
    passed = {
        c.backends[0]
        for c in sheet.checks
        if (c.check, c.dtype) == (worst.check, worst.dtype) and c.passed
    } & others
    where = _lost(report, sheet, first)
    if passed:
        whose = f"the loss is {who}'s own: {' and '.join(sorted(passed))} keeps it"
    elif others:
        whose = "all backends lose it, so it is the model that is hard in float32"
    else:
        whose = "with one backend it cannot be said whether another would keep it"
    return (
        f"The model is the same in {who} (float64 agrees), but {worst.dtype} computes "
        f"it badly{where}: {_what(worst)} are off by {worst.error:.1e}, {times:.1f} "
        f"times what is allowed; {whose}."
    )


def _lost(report: Report, sheet: Sheet, check: Check) -> str:
    """From which value on too much is lost in a dtype."""
    for trace in report.traces:
        same = trace.title == sheet.title and trace.backends == check.backends
        if not same or (trace.check, trace.dtype) != ("layers", check.dtype):
            continue
        for name, (error, allowed) in trace.errors.items():
            if error > allowed:
                return f" from {name} on"
    return f" at {check.value}" if check.value else ""


def _draws(report: Report, who: str, check: Check) -> str:
    return (
        f"What {who} draws at random is not what the spec says{_of(check)}: "
        f"{_first_line(check)}; a chance of one in a million, so not chance."
    )


def _unknown(report: Report, who: str, check: Check) -> str:
    return (
        f"{who} differs in {check.dtype} by {check.error:.1e}{_of(check)}, and float64 "
        "was not run: run with --dtype all to learn whether it is wrong or noise."
    )


def _first_line(check: Check) -> str:
    lines = check.detail.splitlines()
    return lines[0].strip().rstrip(".") if lines else "it differs"


def _what(check: Check) -> str:
    if check.check == "train":
        return f"the optimizer's steps of {check.value}"
    plural = {"loss": "losses"}.get(check.check, check.check)
    return f"its {plural}"


def _of(check: Check) -> str:
    place = f" ({check.at})" if check.at else ""
    return f" at {check.value}{place}" if check.value else ""


def _node(report: Report, check: Check) -> str:
    file, line = report.where(check)
    sign = next(
        (
            line.partition(": ")[2]
            for line in check.detail.splitlines()
            if line.startswith("it looks like this: ")
        ),
        "",
    )
    told = f" ({sign})" if sign else ""
    return f"{check.node}, {file}:{line}{told}"


def _trained(check: Check) -> str:
    lines = [line for line in check.detail.splitlines() if "train.py:" in line]
    return lines[0].strip() if lines else f"train.py and {check.at}"

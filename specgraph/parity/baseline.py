"""Holds a report against an older one: has an error grown, is something not compared?"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from specgraph.parity.checks import About, Check
from specgraph.parity.report import SCHEMA, Change, Report

GROWTH = 4.0
"""By how much an error may grow."""
NOISE = {"float64": 2.0**-48, "float32": 2.0**-19}
"""By dtype, an error that is rounding of a few operations, whatever it was before."""
Key = tuple[str, str, str, str, tuple[str, ...]]


def read_baseline(path: Path) -> dict[str, Any]:
    """The JSON of an older report; raises ValueError where it is none, or OSError."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is no JSON: {error}") from None
    if not isinstance(found, dict) or not isinstance(found.get("checks"), list):
        raise ValueError(f"{path} is no report of `specgraph parity --report`")
    if found.get("schema") != SCHEMA:
        raise ValueError(
            f"{path} has schema {found.get('schema')!r}; this is {SCHEMA}: write it anew"
        )
    return found


def changes(report: Report, old: dict[str, Any]) -> list[Change]:
    """What has changed: errors above `GROWTH` times the old ones, checks that came or went.

    Specs that only one of them tried are no change: a part of a matrix is held against
    the whole, too.
    """
    before = {_key_of(data): data for data in old["checks"]}
    now = {_key(check): check for check in report.checks}
    tried = {key[:2] for key in now}
    pairs = {key[3:] for key in now}
    found = []
    for key, check in now.items():
        if key not in before:
            if key[:2] in {other[:2] for other in before}:
                found.append(Change("new", _title(key), _told(check.error)))
            continue
        change = _compared(key, check, before[key])
        if change is not None:
            found.append(change)
    for key, data in before.items():
        if key not in now and key[:2] in tried and key[3:] in pairs:
            found.append(Change("gone", _title(key), _told(data.get("error"))))
    return found


def _compared(key: Key, check: Check, data: dict[str, Any]) -> Change | None:
    old = data.get("error")
    told = f"{_told(old)} before, {_told(check.error)} now"
    if check.passed is not bool(data.get("passed")):
        return Change("mended" if check.passed else "broken", _title(key), told)
    if not check.passed or not isinstance(old, int | float):
        return None
    if check.error > max(GROWTH * old, NOISE.get(check.dtype, 0.0)):
        return Change("grown", _title(key), told)
    return None


def _key(check: Check) -> Key:
    return check.spec, check.variant, check.check, check.dtype, check.backends


def _key_of(data: dict[str, Any]) -> Key:
    names = ("spec", "variant", "check", "dtype")
    one, two, three, four = (str(data.get(name, "")) for name in names)
    return one, two, three, four, tuple(map(str, data.get("backends", ())))


def _title(key: Key) -> str:
    spec, variant, check, dtype, backends = key
    return f"{About(spec, variant).title}: {check} ({dtype}) of {' and '.join(filter(None, backends))}"


def _told(error: Any) -> str:
    if not isinstance(error, int | float) or not math.isfinite(error):
        return "no number"
    return f"{error:.1e}" if error else "0"

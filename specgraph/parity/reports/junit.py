"""A report as JUnit XML, which CI services show as tests: a case a check and pair."""

from __future__ import annotations

import re
from xml.etree import ElementTree as tree

from specgraph.parity.checks import Check
from specgraph.parity.report import Report

_UNPRINTABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(report: Report) -> str:
    """The report as JUnit XML; a suite for every spec and variant."""
    root = tree.Element("testsuites", name="specgraph parity")
    for sheet in report.sheets:
        checks = sheet.checks
        suite = tree.SubElement(
            root,
            "testsuite",
            name=sheet.title,
            tests=str(len(checks)),
            failures=str(sum(_failed(check) for check in checks)),
            errors=str(sum(check.died for check in checks)),
            skipped=str(sum(not check.ran for check in checks)),
        )
        for check in checks:
            _case(suite, report, check)
    tree.indent(root, " ")
    return tree.tostring(root, "unicode", xml_declaration=True) + "\n"


def _failed(check: Check) -> bool:
    return check.ran and not check.passed and not check.died


def _case(suite: tree.Element, report: Report, check: Check) -> None:
    names = " and ".join(name for name in check.backends if name)
    name = f"{check.check} ({check.dtype}) of {names}"
    case = tree.SubElement(suite, "testcase", classname=check.title, name=name)
    file, line = report.where(check)
    if file:
        case.set("file", file)
        case.set("line", str(line))
    if not check.ran:
        tree.SubElement(case, "skipped", message=_clean(check.detail))
    elif not check.passed:
        title, *lines = report.lines_of(check)
        kind = "error" if check.died else "failure"
        found = tree.SubElement(case, kind, message=_clean(title), type=check.check)
        found.text = _clean("\n".join(lines))


def _clean(text: str) -> str:
    """The text without what XML cannot hold."""
    return _UNPRINTABLE.sub("?", text)

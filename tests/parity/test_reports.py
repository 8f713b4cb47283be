"""The forms of a report: what each program that reads them is promised."""

from __future__ import annotations

import json
import math
import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path, PurePath
from xml.etree import ElementTree as tree

import pytest
from jsonschema import Draft202012Validator

from specgraph.load import compile_spec, loads
from specgraph.parity.api import judge
from specgraph.parity.baseline import changes, read_baseline
from specgraph.parity.checks import CHECKS, Check, Skip
from specgraph.parity.pool import Pool
from specgraph.parity.report import Report
from specgraph.parity.reports import FORMS, form_of, github
from specgraph.parity.reports.markdown import LIMIT
from specgraph.parity.reports.schema import report_schema
from specgraph.parity.trial import Settings, Team
from specgraph.plugins import find_backend
from specgraph.testing.bugs.models import PICTURE
from specgraph.testing.bugs.seeded import Edit, Mutant, MutatedBackend

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
BUG = Mutant("", "", PICTURE, "torch", "outputs", (Edit("eps=0.001", "eps=0.00101"),))


@pytest.fixture(scope="module")
def wrong() -> Report:
    """A report on a backend with a bug, beside one without."""
    team = Team(
        {
            "torch": MutatedBackend(find_backend("torch"), BUG),
            "keras": find_backend("keras"),
        },
        {},
    )
    asked = Settings(frozenset(CHECKS), ("float64", "float32"), 2, 0)
    with Pool() as pool:
        return judge([compile_spec(loads(PICTURE))], team, asked, pool)


def check(**said: object) -> Check:
    said = {"backends": ("torch", "reference"), "passed": True, "value": "", **said}
    said = {"spec": "one", "variant": "", "check": "outputs", "at": "", **said}
    return Check(**{"dtype": "float64", "error": 1e-14, "tolerance": 1e-9, **said})  # type: ignore[arg-type]


def test_json_is_as_the_schema_says(wrong: Report) -> None:
    validator = Draft202012Validator(report_schema())
    report = replace(wrong, changes=changes(wrong, json.loads(Report().to_json())))
    for one in (wrong, report, Report()):
        validator.validate(json.loads(one.to_json()))
    broken = json.loads(wrong.to_json())
    del broken["checks"][0]["at"]
    assert not validator.is_valid(broken)


def test_every_value_and_step_has_its_error(wrong: Report) -> None:
    traces = {(t.check, t.dtype, t.backends): t.errors for t in wrong.traces}
    layers = list(traces["layers", "float64", ("torch", "reference")])
    assert layers.index("conv2d") < layers.index("batch_norm") < layers.index("dense")
    steps = traces["train", "float64", ("keras", "reference")]
    assert list(steps) == ["step 1", "step 2"]
    error, allowed = traces["layers", "float64", ("torch", "reference")]["batch_norm"]
    assert error > allowed == 1e-9


def test_the_first_failure_names_the_node(wrong: Report) -> None:
    assert wrong.failures[0].node == "batch_norm"
    assert [outline.blamed for outline in wrong.outlines] == ["batch_norm"]


def test_junit_has_a_case_for_every_check(wrong: Report) -> None:
    suites = tree.fromstring(FORMS[".xml"](wrong))
    (suite,) = suites
    assert suite.attrib["name"] == "picture"
    assert len(suite) == len(wrong.checks) == int(suite.attrib["tests"])
    failures = suites.findall(".//failure")
    assert len(failures) == len(wrong.failures) == int(suite.attrib["failures"])
    assert "batch_norm (batch_norm) is wrong by itself" in (failures[0].text or "")
    placed = suites.find(".//testcase[failure][@file]")
    assert placed is not None
    assert placed.attrib["file"] == "spec.yaml"


def test_junit_holds_what_a_process_wrote_whatever_it_is() -> None:
    dead = check(passed=False, died=True, detail="\x1b[31m<&\x00 ]]>", error=math.inf)
    missed = check(check="layers", passed=False, ran=False, detail="not run: because")
    suites = tree.fromstring(FORMS[".xml"](Report(checks=[dead, missed])))
    (suite,) = suites
    assert (suite.attrib["errors"], suite.attrib["skipped"]) == ("1", "1")
    assert "<&? ]]>" in (suite[0][0].text or "")


def test_sarif_marks_the_lines_of_the_spec(wrong: Report) -> None:
    found = json.loads(FORMS[".sarif"](wrong))
    (run,) = found["runs"]
    assert found["version"] == "2.1.0"
    assert len(run["results"]) == len(wrong.failures)
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == [f"parity/{name}" for name in CHECKS]
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
    places = [
        place["physicalLocation"]
        for result in run["results"]
        for place in result.get("locations", ())
    ]
    number = PICTURE.splitlines().index("  - batch_norm") + 1
    assert places[0]["region"] == {"startLine": number}
    assert {place["artifactLocation"]["uri"] for place in places} == {"spec.yaml"}


def test_annotations_mark_the_lines_of_the_spec(wrong: Report) -> None:
    lines = github(wrong).splitlines()
    assert len(lines) == len(wrong.failures)
    assert all(line.startswith("::error title=") for line in lines)
    assert any(",file=spec.yaml,line=" in line for line in lines)


def test_markdown_has_the_verdict_first_and_fits_the_summary_of_a_job(
    wrong: Report,
) -> None:
    text = FORMS[".md"](wrong)
    assert text.startswith(f"## ❌ specgraph parity: {wrong.verdict}\n")
    assert "| outputs | float64 | FAIL" in text
    many = [
        check(spec=f"spec_{number}", passed=number > 300, detail="x" * 3000, error=1.0)
        for number in range(9000)
    ]
    long = FORMS[".md"](Report(checks=many, skipped=[Skip("y" * 10**6, "z" * 10**6)]))
    assert len(long.encode()) <= LIMIT
    assert long.startswith("## ❌")
    assert "parts of this report are left out" in long
    assert "outputs (float64) differ between torch and reference" in long


class Page(HTMLParser):
    """Reads a page: its tags balance, and nothing is loaded from elsewhere."""

    VOID = ("meta",)

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        assert not {"src", "href", "xlink:href"} & {name for name, _ in attrs}
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_a_page_needs_nothing_else(wrong: Report) -> None:
    text = FORMS[".html"](wrong)
    page = Page(text)
    assert page.open == []
    assert not page.tags & {"script", "link", "img", "iframe"}
    assert not re.search(r"url\(|@import|https?:", text)
    assert "prefers-color-scheme: dark" in text and "@media print" in text
    words = "".join(page.words)
    assert wrong.verdict in words
    assert "batch_norm (batch_norm) is wrong by itself" in words
    for caption in ("every layer", "every gradient", "every optimizer step"):
        assert f"Error of {caption}, float64" in words
    assert "The graph; batch_norm is to blame" in words
    assert 'class="name blamed"' in text


def test_a_page_shows_what_a_spec_says_as_text() -> None:
    bad = check(spec="<script>alert(1)</script>", value='"<b>', passed=False, error=1.0)
    page = Page(FORMS[".html"](Report(checks=[bad])))
    assert "script" not in page.tags and "b" not in page.tags


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_a_browser_shows_the_page(wrong: Report, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text(FORMS[".html"](wrong), encoding="utf-8")
    command = [
        str(CHROMIUM),
        *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"),
        *("--disable-background-networking", "--disable-sync", "--no-first-run"),
        f"--user-data-dir={tmp_path / 'profile'}",
        *("--enable-logging=stderr", "--dump-dom", file.as_uri()),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0
    assert "CONSOLE" not in done.stderr
    assert done.stdout.count("<svg") == FORMS[".html"](wrong).count("<svg") > 6


def test_the_suffix_says_the_form() -> None:
    assert form_of(PurePath("a/report.html")) is FORMS[".html"]
    with pytest.raises(ValueError, match=r"ends in \.json, .*, not '\.pdf'"):
        form_of(PurePath("report.pdf"))


def test_a_baseline_tells_what_grew_and_what_went() -> None:
    def old(*checks: Check) -> dict[str, object]:
        found: dict[str, object] = json.loads(Report(checks=list(checks)).to_json())
        return found

    def kinds(now: Report, before: dict[str, object]) -> list[str]:
        return [change.kind for change in changes(now, before)]

    small, large = check(error=1e-13), check(error=4.1e-13)
    assert kinds(Report(checks=[large]), old(small)) == ["grown"]
    assert kinds(Report(checks=[check(error=3.9e-13)]), old(small)) == []
    assert kinds(Report(checks=[small]), old(large)) == []
    noise = check(error=3e-15)
    assert kinds(Report(checks=[noise]), old(check(error=0.0))) == []
    layers = check(check="layers")
    assert kinds(Report(checks=[small]), old(small, layers)) == ["gone"]
    assert kinds(Report(checks=[small, layers]), old(small)) == ["new"]
    failed = check(passed=False, error=1.0)
    assert kinds(Report(checks=[failed]), old(small)) == ["broken"]
    assert kinds(Report(checks=[small]), old(failed)) == ["mended"]
    assert kinds(Report(checks=[small]), old(small, check(spec="two"))) == []


def test_a_report_fails_for_what_is_worse_than_before() -> None:
    report = Report(checks=[check(error=4e-12)])
    assert report.exit_code == 0
    before = json.loads(Report(checks=[check(error=1e-13)]).to_json())
    report.changes = changes(report, before)
    assert (report.passed, report.exit_code) == (False, 1)
    assert "grown: one: outputs (float64) of torch and reference: 1.0e-13 before" in (
        report.table()
    )
    assert "1 worse than before" in report.verdict


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "is no JSON"),
        ("[]", "is no report"),
        ('{"checks": [], "schema": 9}', "has schema 9; this is 1"),
    ],
)
def test_what_is_no_report_is_no_baseline(
    text: str, problem: str, tmp_path: Path
) -> None:
    path = tmp_path / "old.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=problem):
        read_baseline(path)

"""The generated pages are current, and the links of all pages lead somewhere."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from docs.generate import pages

ROOT = Path(__file__).parents[1]
GENERATED = cache(pages)
LINK = re.compile(r"\]\((?!https?:)([^)#]+)(#[^)]*)?\)")
CODE = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]


def test_generated_pages_are_those_of_the_code() -> None:
    texts = {
        name: (ROOT / "docs" / name).read_text(encoding="utf-8")
        for name in GENERATED()
        if (ROOT / "docs" / name).exists()
    }
    stale = [name for name, text in GENERATED().items() if texts.get(name) != text]
    assert stale == [], "run `make docs`"


def test_there_is_no_page_of_an_op_that_is_gone() -> None:
    there = {f"ops/{path.name}" for path in (ROOT / "docs/ops").glob("*.md")}
    assert there == {name for name in GENERATED() if name.startswith("ops/")}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_links_lead_to_files(page: Path) -> None:
    text = CODE.sub("", page.read_text(encoding="utf-8"))
    targets = [found[1] for found in LINK.finditer(text)]
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert missing == []

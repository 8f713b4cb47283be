"""`pytest --specgraph specs/`: every spec below is a test that the backends agree on it.

Also the option by which `pytest --pyargs specgraph.testing` knows the backend to test.
Nothing heavier than pytest is imported before a spec is run.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from specgraph.parity.pool import Pool
    from specgraph.parity.report import Report

SUFFIXES = (".yaml", ".yml")
POOL: pytest.StashKey[Pool] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options."""
    group = parser.getgroup("specgraph")
    group.addoption(
        "--specgraph",
        action="store_true",
        help="collect model specs (*.yaml): backends must agree on each, and each variant",
    )
    group.addoption(
        "--specgraph-backend",
        action="append",
        metavar="A,B",
        help="backends to compare (default: all whose framework is installed); of "
        "`--pyargs specgraph.testing`, those to test",
    )


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stops the workers."""
    pool = config.stash.get(POOL, None)
    if pool is not None:
        pool.__exit__()


def pytest_collect_file(
    file_path: Path, parent: pytest.Collector
) -> pytest.Collector | None:
    """A spec, if specs are asked for."""
    if not parent.config.getoption("specgraph") or file_path.suffix not in SUFFIXES:
        return None
    found: pytest.Collector = SpecFile.from_parent(parent, path=file_path)
    return found


class SpecFile(pytest.File):
    """A YAML file; one that holds no model has no tests."""

    def collect(self) -> Iterator[pytest.Item]:
        """A test for the spec as it stands, and one for every variant."""
        from specgraph.diagnostics import SpecError
        from specgraph.load import check_document
        from specgraph.spec import source
        from specgraph.spec.include import is_foreign, is_library

        try:
            document = source.read(str(self.path))
            if is_foreign(document) or is_library(document):
                return
            variants = ("", *check_document(document, {}).variants)
        except SpecError as error:
            raise self.CollectError(str(error)) from None
        for variant in variants:
            name = f"{self.path.stem}[{variant}]" if variant else self.path.stem
            yield SpecItem.from_parent(self, name=name, variant=variant)


class SpecItem(pytest.Item):
    """A spec, or a variant of it."""

    def __init__(self, *, variant: str, **rest: Any) -> None:
        super().__init__(**rest)
        self.variant = variant

    def runtest(self) -> None:
        """Compares the backends; raises Disagreement where they differ."""
        from specgraph.load import compile_spec, load
        from specgraph.parity.api import judge
        from specgraph.parity.pool import Pool
        from specgraph.parity.trial import Settings, gather

        graph = compile_spec(load(self.path, variant=self.variant))
        if POOL not in self.config.stash:
            self.config.stash[POOL] = Pool()
        team = gather(backends_of(self.config))
        report = judge([graph], team, Settings.usual(), self.config.stash[POOL])
        if not report.passed:
            raise Disagreement(report)

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
        """What the report says, or the problems of the spec."""
        from specgraph.diagnostics import SpecError

        if isinstance(excinfo.value, Disagreement | SpecError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the test is."""
        return self.path, 0, f"parity of {self.name}"


class Disagreement(AssertionError):
    """Backends that differ; its text is the report."""

    def __init__(self, report: Report) -> None:
        super().__init__(report.table())
        self.report = report


def backends_of(config: pytest.Config) -> tuple[str, ...]:
    """The backends that the options name, or else all whose framework is installed."""
    from specgraph.parity.trial import installed

    given: list[str] = config.getoption("specgraph_backend") or []
    names = [name.strip() for text in given for name in text.split(",")]
    return tuple(filter(None, names)) or installed()

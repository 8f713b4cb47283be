"""Problems of specs, in the forms that people, tools and CI services read."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from specgraph.annotations import annotation
from specgraph.diagnostics import Diagnostic, visible
from specgraph.sarif import Result, document
from specgraph_cli import console

TEXT = "text"


def text(problems: Sequence[Diagnostic]) -> None:
    """Each with its line of source, a caret and the way out."""
    console.show_problems(problems)
    count = len(problems)
    console.complain(f"{count} problem{'s' if count > 1 else ''}")


def json(problems: Sequence[Diagnostic]) -> None:
    """All of them as data."""
    found = [problem.to_json() for problem in problems]
    console.write_json({"passed": not found, "diagnostics": found})


def github(problems: Sequence[Diagnostic]) -> None:
    """Annotations of GitHub Actions, on the lines of the specs."""
    for problem in problems:
        at = problem.at
        place = (at.file, at.line, at.column) if at is not None else ()
        title = f"specgraph {problem.code}"
        console.write(annotation(title, _message(problem), *place))


def sarif(problems: Sequence[Diagnostic]) -> None:
    """SARIF, for code scanning."""
    rules = {problem.code: f"specgraph {problem.code}" for problem in problems}
    results = [
        Result(
            problem.code,
            _message(problem),
            *(
                (problem.at.file, problem.at.line, problem.at.column, problem.width)
                if problem.at is not None
                else ()
            ),
        )
        for problem in problems
    ]
    console.write(document(rules, results, ran=True).removesuffix("\n"))


FORMS: dict[str, Callable[[Sequence[Diagnostic]], None]] = {
    TEXT: text,
    "json": json,
    "github": github,
    "sarif": sarif,
}
"""What shows problems, by the name of the form."""


def _message(problem: Diagnostic) -> str:
    """The message, the hint and the uses of blocks that led there."""
    lines = [problem.message]
    lines += [f"hint: {line}" for line in problem.hint.splitlines()]
    lines += [f"used by {name} at {place}" for name, place in problem.chain]
    return "\n".join(visible(line) for line in lines)

"""`specgraph selftest`: would parity find a bug?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from specgraph.plugins import lacking
from specgraph_cli import console, inputs
from specgraph_cli.options import BackendNames, Format

if TYPE_CHECKING:
    from specgraph.testing.selftest import Verdict


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("selftest", short_help="Seed bugs into the emitters and catch them.")(
        selftest
    )


def selftest(
    backend: BackendNames = None,
    kind: Annotated[
        list[str] | None,
        typer.Option(
            "--kind", metavar="NAME", help="Bugs of a kind alone; repeatable."
        ),
    ] = None,
    format: Format = "text",
) -> None:
    """Seed bugs into what the backends emit, one at a time: parity must catch each.

    Each must be caught by the check that is meant for it, and without a bug nothing
    may be. Exits 1 if the harness fails.

    \b
    Example:
      specgraph selftest
      specgraph selftest --backend torch --kind epsilon
    """
    engine = inputs.needing_numpy("specgraph.testing.selftest")
    bugs = inputs.needing_numpy("specgraph.testing.bugs")
    pools = inputs.needing_numpy("specgraph.parity.pool")
    for name in kind or ():
        if name not in bugs.KINDS:
            known = ", ".join(bugs.KINDS)
            console.fail(f"--kind {name}: there are {known}", console.USAGE)
    chosen = inputs.backends(backend or inputs.installed())
    for one in chosen:
        if missing := lacking(one):
            problem = f"{one.name} needs {missing}, which is not installed"
            console.fail(problem, console.DIED)
    found: list[Verdict] = []
    with pools.Pool() as pool:
        for trial in engine.verdicts(chosen, pool, kind or ()):
            found.append(trial)
            if not trial.good:
                console.complain(_told(trial))
    if format == "json":
        console.write_json(_data(found))
    else:
        _table(found)
    raise typer.Exit(0 if all(trial.good for trial in found) else console.NO)


def _told(trial: Verdict) -> str:
    """Why a trial is not as it should be."""
    title = f"{trial.backend}: {trial.title}"
    if trial.mutant is None:
        return f"{title}: a false alarm\n{trial.report.table()}"
    if not trial.applied:
        return f"{title}: not seeded, the emitted text is another"
    if not trial.caught_by:
        return f"{title}: survived"
    return f"{title}: caught by {trial.caught_by}, not by {trial.mutant.check}"


def _table(found: list[Verdict]) -> None:
    """How many bugs of each kind were seeded and caught."""
    kinds: dict[str, list[Verdict]] = {}
    for trial in found:
        if trial.mutant is not None:
            kinds.setdefault(trial.mutant.kind, []).append(trial)
    rows = [
        [kind, str(len(some)), str(sum(one.good for one in some))]
        for kind, some in sorted(kinds.items())
    ]
    seeded = [trial for trial in found if trial.mutant is not None]
    caught = sum(trial.good for trial in seeded)
    rows.append(["all", str(len(seeded)), str(caught)])
    console.table(["kind", "seeded", "caught"], rows, "lrr")
    clean = [trial for trial in found if trial.mutant is None]
    alarms = sum(not trial.good for trial in clean)
    share = 100 * caught / len(seeded) if seeded else 100.0
    console.write(
        f"\n{share:.0f} % caught; {alarms} false alarms on {len(clean)} models without a bug"
    )


def _data(found: list[Verdict]) -> dict[str, object]:
    return {
        "passed": all(trial.good for trial in found),
        "trials": [
            {
                "backend": trial.backend,
                "title": trial.title,
                "kind": trial.mutant.kind if trial.mutant is not None else "",
                "check": trial.mutant.check if trial.mutant is not None else "",
                "caught_by": trial.caught_by,
                "passed": trial.good,
            }
            for trial in found
        ],
    }

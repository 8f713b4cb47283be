"""From the arguments of a command to specs, graphs and backends; or its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from typing import Any, NoReturn, TypeVar

import typer

from specgraph.backend import Backend
from specgraph.diagnostics import Diagnostic, Problems, SpecError, closest
from specgraph.ir.graph import Graph
from specgraph.load import check_document, compile_spec, plan_for
from specgraph.lower.plan import Plan
from specgraph.plugins import PluginError, backend_names, find_backend, lacking
from specgraph.project import ProjectError, find_specs
from specgraph.spec import source
from specgraph.spec.include import check_library, is_foreign, is_library
from specgraph.spec.params import ALL
from specgraph.spec.schema import DEVIATIONS, Spec
from specgraph_cli import console
from specgraph_cli.problems import FORMS, TEXT

T = TypeVar("T")


def files(paths: Sequence[str] | None) -> list[str]:
    """The spec files that are meant."""
    try:
        return find_specs(paths or ())
    except ProjectError as error:
        console.fail(str(error), console.USAGE)


def settings(given: Sequence[str] | None) -> dict[str, object]:
    """What `--set` says, by name; the values are read as YAML."""
    found: dict[str, object] = {}
    for item in given or ():
        name, equals, text = item.partition("=")
        if not equals or not name:
            console.fail(f"--set takes NAME=VALUE, got {item!r}", console.USAGE)
        try:
            found[name] = source.parse(text, f"--set {name}").root.plain()
        except SpecError as error:
            console.show_problems(error.diagnostics)
            console.fail(f"--set {name}: the value is not YAML", console.USAGE)
    return found


def deviations(allowed: Sequence[str] | None) -> tuple[str, ...]:
    """What `--allow` says."""
    for name in allowed or ():
        if name not in DEVIATIONS:
            near = closest(name, DEVIATIONS)
            hint = (
                f"did you mean {near}?"
                if near
                else f"there are {', '.join(DEVIATIONS)}"
            )
            console.fail(f"--allow {name}: no such deviation; {hint}", console.USAGE)
    return tuple(allowed or ())


def each(
    paths: Sequence[str] | None,
    given: Sequence[str] | None,
    make: Callable[[Spec], T],
    *,
    variants: Sequence[str] | None = None,
    allowed: Sequence[str] | None = None,
    form: str = TEXT,
    status: int = console.NO,
    libraries: bool = False,
) -> list[T]:
    """What `make` makes of every spec; ends the command if it refuses any.

    A library in a folder is checked and left out, and so is a file about something
    else, as a map of weights; one that is named by itself is no spec, but for libraries
    where the command is about `libraries` too.
    """
    values = settings(given)
    extra = deviations(allowed)
    made: list[T] = []
    problems: dict[object, Diagnostic] = {}
    for path in files(paths):
        named = path in (paths or ())
        try:
            for spec in _specs(path, values, variants or ("",), named, libraries):
                kept = (*spec.deviations, *extra)
                made.append(make(spec.model_copy(update={"deviations": kept})))
        except SpecError as error:
            for problem in error.diagnostics:
                key = (problem.code, problem.message, problem.at)
                problems.setdefault(key, problem)
        except PluginError as error:
            console.fail(str(error), console.DIED)
    if problems:
        refuse(list(problems.values()), form=form, status=status)
    return made


def _specs(
    path: str,
    values: dict[str, object],
    variants: Sequence[str],
    named: bool,
    libraries: bool,
) -> Iterator[Spec]:
    """The spec in a file, in the variants that are meant; raises SpecError."""
    document = source.read(path)
    if is_foreign(document) and not named:
        console.complain(f"{path}: no spec, none of its keys is one's")
        return
    if is_library(document) and (libraries or not named):
        problems = Problems()
        blocks = check_library(document, problems)
        problems.raise_if_any()
        count = f"{len(blocks)} block{'s' * (len(blocks) != 1)}"
        console.complain(f"{path}: a library of {count}, no model")
        return
    done: set[str] = set()
    for variant in variants:
        wanted = [variant]
        if variant == ALL:
            first = check_document(document, values)
            wanted = ["", *first.variants]
        for name in wanted:
            if name not in done:
                done.add(name)
                yield check_document(document, values, name)


def graphs(
    paths: Sequence[str] | None,
    given: Sequence[str] | None = None,
    *,
    variants: Sequence[str] | None = None,
    allowed: Sequence[str] | None = None,
    form: str = TEXT,
    status: int = console.NO,
    libraries: bool = False,
) -> list[Graph]:
    """The canonical graphs of the specs that are meant."""
    return each(
        paths,
        given,
        compile_spec,
        variants=variants,
        allowed=allowed,
        form=form,
        status=status,
        libraries=libraries,
    )


def one(
    path: str,
    given: Sequence[str] | None,
    variant: str,
    make: Callable[[Spec], T],
    *,
    form: str = TEXT,
) -> T:
    """What `make` makes of the one model that is meant; ends the command if none is."""
    if variant == ALL:
        problem = "--variant all means several models, and this is about one"
        console.fail(problem, console.USAGE)
    made = each([path], given, make, variants=(variant,), form=form)
    if len(made) != 1:
        problem = f"{path} holds {len(made)} specs; name the file of one"
        console.fail(problem, console.USAGE)
    return made[0]


def title(graph: Graph) -> str:
    """The file of a graph, and its variant."""
    return f"{graph.file} --variant {graph.variant}" if graph.variant else graph.file


def refuse(
    problems: Sequence[Diagnostic], *, form: str = TEXT, status: int = console.NO
) -> NoReturn:
    """Shows the problems and ends the command."""
    FORMS[form](problems)
    raise typer.Exit(status)


def plans(
    graphs: Sequence[Graph], backends: Sequence[Backend], *, form: str = TEXT
) -> list[Plan]:
    """What each backend gives for each graph; ends the command for what it lacks."""
    made: list[Plan] = []
    problems: list[Diagnostic] = []
    for graph in graphs:
        for backend in backends:
            try:
                made.append(plan_for(graph, backend.name))
            except SpecError as error:
                problems += error.diagnostics
    if problems:
        refuse(problems, form=form)
    return made


def backends(names: Sequence[str] | None) -> list[Backend]:
    """The backends of these names; all of them for `all` or for none."""
    wanted = list(dict.fromkeys(names or ("all",)))
    try:
        if "all" in wanted:
            wanted = list(backend_names())
        return [find_backend(name) for name in wanted]
    except PluginError as error:
        console.fail(str(error), console.DIED)


def installed() -> list[str]:
    """The backends whose framework is there; says which are not."""
    found = []
    for backend in backends(None):
        missing = lacking(backend)
        if missing:
            console.complain(f"{backend.name} is left out: {missing} is not installed")
        else:
            found.append(backend.name)
    if not found:
        console.fail("no framework is installed", console.DIED)
    return found


def needing_numpy(module: str, extra: str = "parity") -> Any:
    """A module of ours that computes; ends the command where what it needs is missing."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name is not None and error.name.startswith("specgraph"):
            raise
        console.fail(
            f"{error.name} is not installed; this command needs it "
            f"(pip install 'specgraph-compiler[{extra}]')",
            console.DIED,
        )

"""Writes the generated pages: `docs/ops/`, `docs/support.md` and `docs/zoo.md`.

`python -m docs.generate` writes them; a test holds them to be current.
"""

from __future__ import annotations

import ast
import inspect
from importlib import import_module
from pathlib import Path

from docs import zoo
from specgraph.catalogue import NEEDED, Attribute, Entry, Support, entry
from specgraph.definition import plain_form
from specgraph.documentation import summary_of
from specgraph.files import write_file
from specgraph.ir.listing import flow
from specgraph.lower.deviations import DEVIATIONS
from specgraph.lower.resources import Resource
from specgraph.ops import OPS
from specgraph.ops.base import Op
from specgraph.plugins import backend_names
from specgraph_cli.op import port_text

DOCS = Path(__file__).parent
NOTE = "<!-- Written by docs/generate.py; edit the code it tells of, not this page. -->"
HELPERS = {"torch": "specgraph_torch", "keras and tensorflow": "specgraph_keras"}


def pages() -> dict[str, str]:
    """Every generated page, by its path below docs/."""
    entries = [entry(op) for op in OPS]
    found = {f"ops/{one.op.label}.md": op_page(one) for one in entries}
    found |= {"ops/README.md": index(), "support.md": support_page(entries)}
    return found | {"zoo.md": zoo.page(NOTE)}


def index() -> str:
    """The list of all ops, by family."""
    lines = [
        NOTE,
        "",
        "# Ops",
        "",
        "`specgraph op NAME` prints the same, and the rules.",
    ]
    for family, ops in families().items():
        lines += ["", f"## {family}", ""]
        lines += [f"- [`{op.label}`]({op.label}.md): {summary_of(op)}" for op in ops]
    return "\n".join(lines) + "\n"


def families() -> dict[str, list[type[Op]]]:
    """The ops by the file that defines them."""
    found: dict[str, list[type[Op]]] = {}
    for op in OPS:
        found.setdefault(op.__module__.rpartition(".")[2], []).append(op)
    return found


def op_page(one: Entry) -> str:
    """Everything about one op."""
    op = one.op
    parts = [NOTE, f"# {op.label}", inspect.cleandoc(op.__doc__ or "")]
    if op.leading:
        parts.append(f"A plain value sets `{op.leading}`.")
    parts += ["## Inputs", "\n".join(ports(one)) or "None."]
    if one.attributes:
        parts += ["## Attributes", "\n".join(attributes(one.attributes))]
    if one.params:
        parts += ["## Weights of the first sample", "\n".join(weights(one))]
    rule = one.shape_rule or "The outputs have the input's shape."
    parts += ["## Shape rule", rule, "## Samples"]
    calls = [
        f"- {op.label}: {flow(plain_form(s.call))}  # {s.name}" for s in op.samples
    ]
    parts.append(
        code("yaml", "\n".join(line.replace(": null ", ": ") for line in calls))
    )
    if one.reference is not None:
        parts += ["## Reference", code("python", one.reference.text)]
    parts.append("## Backends")
    for support in one.support:
        parts += backend_part(support)
    return "\n\n".join(parts) + "\n"


def ports(one: Entry) -> list[str]:
    """A line an input."""
    return [f"- `{port.name}`: {port_text(port)}" for port in one.ports]


def attributes(found: tuple[Attribute, ...]) -> list[str]:
    """The table of attributes."""
    lines = ["| name | takes | default | what it is |", "| --- | --- | --- | --- |"]
    for one in found:
        default = f"`{one.keras}`" if one.keras != NEEDED else NEEDED
        if one.keras != one.torch:
            default = f"keras: `{one.keras}`, torch: `{one.torch}`"
        cells = (f"`{one.name}`", one.takes, default, one.doc)
        lines.append(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |")
    return lines


def weights(one: Entry) -> list[str]:
    """A line a weight."""
    lines = []
    for param in one.params:
        gates = f", gates {', '.join(param.gates)}" if param.gates else ""
        frozen = "" if param.trainable else ", not trained"
        lines.append(f"- `{param.name}` {list(param.shape)}{gates}{frozen}")
    return lines


def backend_part(support: Support) -> list[str]:
    """How a backend says the op."""
    parts = [f"### {support.backend}"]
    if support.rule is None:
        return [*parts, f"Not built: {support.reason}."]
    if support.example:
        parts += ["The first sample becomes", code("python", support.example)]
    if support.helpers:
        names = ", ".join(f"`{name}`" for name in support.helpers)
        parts.append(f"Some samples carry helpers: {names}.")
    parts += [f"Refused: {name}: {reason}." for name, reason in support.refused]
    return parts


def code(language: str, text: str) -> str:
    """A block of code."""
    return f"```{language}\n{text.rstrip()}\n```"


def support_page(entries: list[Entry]) -> str:
    """Which backend builds what, by what means, and what may differ."""
    names = backend_names()
    lines = [
        NOTE,
        "",
        "# What is supported",
        "",
        "`yes`: built with the framework's own layers; `helpers`: some uses carry a small",
        "helper in the file; `part`: some uses are refused, as said below.",
        "",
        f"| op | {' | '.join(names)} |",
        f"| --- |{' --- |' * len(names)}",
    ]
    for one in entries:
        marks = " | ".join(mark(support) for support in one.support)
        lines.append(f"| [`{one.op.label}`](ops/{one.op.label}.md) | {marks} |")
    lines += ["", "## Refused", ""]
    refused = [
        f"- `{one.op.label}` on {support.backend}: {text}"
        for one in entries
        for support in one.support
        for text in reasons(support)
    ]
    lines += refused or ["Nothing."]
    return "\n".join([*lines, "", *helper_lines(), "", *deviation_lines()]) + "\n"


def mark(support: Support) -> str:
    """One cell of the table."""
    if support.rule is None:
        return "no"
    if support.refused:
        return "part"
    return "helpers" if support.helpers else "yes"


def reasons(support: Support) -> list[str]:
    """Why a backend refuses the op, or some of its samples."""
    if support.rule is None:
        return [support.reason]
    return [f"{name} ({reason})" for name, reason in support.refused]


def helper_lines() -> list[str]:
    """The helpers that files may carry, and why."""
    lines = ["## Helpers", "", "What a framework cannot say itself, a file carries."]
    for backend, package in HELPERS.items():
        table: dict[str, str] = import_module(f"{package}.helpers").HELPERS
        lines += ["", f"### {backend}", ""]
        for name, file in table.items():
            node = Resource(package, f"emit/{file}").find(name)
            assert isinstance(node, ast.FunctionDef | ast.ClassDef)
            text = (ast.get_docstring(node) or "").partition("\n\n")[0]
            lines.append(f"- `{name}`: {' '.join(text.split())}")
    return lines


def deviation_lines() -> list[str]:
    """What a spec may declare to be the framework's own."""
    lines = [
        "## Deviations",
        "",
        "Named in a spec's `deviations`, or with `--allow`, the framework's native layer",
        "stays and the difference is declared in the file and in every parity report.",
        "",
        f"| deviation | {' | '.join(backend_names())} |",
        f"| --- |{' --- |' * len(backend_names())}",
    ]
    for name, native in DEVIATIONS.items():
        cells = " | ".join(f"`{native[backend]}`" for backend in backend_names())
        lines.append(f"| `{name}` | {cells} |")
    return lines


def main() -> None:
    """Writes the pages that changed, and takes away those of ops that are gone."""
    found = pages()
    for old in (DOCS / "ops").glob("*.md"):
        if f"ops/{old.name}" not in found:
            old.unlink()
    for name, text in found.items():
        path = DOCS / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            write_file(path, text)
            print(f"wrote {path.relative_to(DOCS.parent)}")


if __name__ == "__main__":
    main()

"""What a failure shows: lines of emitted files, and the spec's lines they are for."""

from __future__ import annotations

import re

from specgraph.ir.graph import Node
from specgraph.parity.emitted import Emitted
from specgraph.parity.pool import Frame, WorkerFailed

IMPORT = re.compile(r"(import|from) ")
"""What ends the docstring of a module."""


def account(failure: WorkerFailed, emitted: Emitted) -> str:
    """What a failed job says, and the lines of a model's files that led there."""
    lines = [str(failure)]
    for frame in failure.frames:
        lines.append(_shown(emitted, frame))
    node = _blamed(emitted, failure.frames)
    if node is not None:
        lines.append(spec_line(node))
    return "\n".join(lines)


def spec_line(node: Node) -> str:
    """The line of the spec that says a node."""
    text = node.written.at.excerpt.strip() if node.written is not None else ""
    return f"{node.at.file}:{node.at.line}: {text}"


def layer_line(emitted: Emitted, node: Node, key: str) -> str:
    """The line of model.py that first names a node's tensor, or else its layer."""
    lines = emitted.plan.files["model.py"].splitlines()
    start = next((n for n, line in enumerate(lines) if IMPORT.match(line)), 0)
    for word in (key, node.path[-1]):
        named = re.compile(rf"\b{re.escape(word)}\b")
        for number, line in enumerate(lines[start:], start + 1):
            if named.search(line):
                return _shown(emitted, ("model.py", number))
    return ""


def _shown(emitted: Emitted, frame: Frame) -> str:
    name, number = frame
    lines = emitted.plan.files.get(name, "").splitlines()
    text = lines[number - 1].strip() if number <= len(lines) else ""
    return f"{emitted.backend}/{name}:{number}: {text}"


def _blamed(emitted: Emitted, frames: tuple[Frame, ...]) -> Node | None:
    """The node that the innermost line of model.py which is for one is for."""
    for name, line in reversed(frames):
        node = _node_at(emitted, line) if name == "model.py" else None
        if node is not None:
            return node
    return None


def _node_at(emitted: Emitted, line: int) -> Node | None:
    """The node whose call stands at a line, or else the one whose layer is named there."""
    plan = emitted.plan
    text = plan.files["model.py"].splitlines()[line - 1]
    words = set(re.findall(r"\w+", text))
    called: dict[str, int] = {
        value: tap.span.end_line - tap.span.line
        for value, tap in plan.taps.items()
        if tap.span.line <= line <= tap.span.end_line
    }
    nearest = min(called, key=lambda value: called[value], default=None)
    for node in plan.graph.walk():
        if nearest in [value.name for value in node.outputs.values()]:
            return node
        if nearest is None and node.path[-1] in words:
            return node
    return None

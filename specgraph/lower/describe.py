"""What an emitted file says of its model: docstring, header and shape comments."""

from __future__ import annotations

import hashlib
import re
from pathlib import PurePath

from specgraph import version
from specgraph.ir.graph import Graph, Value
from specgraph.lower.program import Program
from specgraph.lower.rules import Axes
from specgraph.ops.base import TensorType
from specgraph.ops.sizes import Bounds

BODY = re.compile(r"^# .* · body ([0-9a-f]{12})$")


def shape_text(type_: TensorType, order: Axes) -> str:
    """A shape with its batch, in a physical order: `[B, 32, 13, 13]`."""
    sizes = ["B", *(str(dim) for dim in type_.shape)]
    return f"[{', '.join(sizes[axis] for axis in order)}]"


def docstring(program: Program) -> str:
    """What the model is, what it takes and gives, and how many weights it trains."""
    graph = program.graph
    lines = [graph.description.strip() or f"Model {graph.name}.", ""]
    inputs = {name: entry.value for name, entry in program.inputs.items()}
    lines += _ports("Input", inputs, program)
    lines += _ports("Output", program.outputs, program)
    trained, frozen = graph.counts()
    lines.append(f"Parameters: {trained:,}")
    if frozen:
        lines[-1] += f" trainable, {frozen:,} frozen"
    if graph.deviations:
        lines.append(f"Deviations: {', '.join(graph.deviations)}")
    lines.append("")
    return "\n".join(lines)


def _ports(word: str, values: dict[str, Value], program: Program) -> list[str]:
    word = f"{word}s" if len(values) > 1 else word
    width = len("Outputs") + 1
    lines = []
    for name, value in values.items():
        order = program.orders[value]
        text = f"{name}: {value.type.dtype} {shape_text(value.type, order)}"
        lines.append(f"{word:{width}}{text}{_layout(value, order)}")
        word = ""
    return lines


def _layout(value: Value, order: Axes) -> str:
    if value.type.layout == "none":
        return ""
    channels = order.index(value.type.channel_axis)
    return " (channels first)" if channels == 1 else " (channels last)"


def header(graph: Graph, body: str) -> str:
    """The first line of a file: spec, resolved spec's hash, version, body's hash."""
    name = re.sub(r"[^A-Za-z0-9_.-]", "_", PurePath(graph.file).name)[:80] or "spec"
    if graph.variant:
        name += f" --variant {graph.variant}"
    return (
        f"# {name} · sha256 {graph.digest[:12]} · specgraph {version.VERSION} · "
        f"body {body_digest(body)}"
    )


def body_digest(body: str) -> str:
    """The hash of everything below the header."""
    return hashlib.sha256(body.encode()).hexdigest()[:12]


def is_edited(text: str) -> bool:
    """Whether a file's body is not what its own header says; so is a foreign file."""
    first, _, body = text.partition("\n")
    match = BODY.match(first)
    return match is None or match[1] != body_digest(body)


def size_rule(name: str, bounds: Bounds) -> str:
    """What a named size must be: `time must be from 5 to 512 and a multiple of 8`."""
    words = [f"at least {bounds.min}"] if bounds.min > 1 else []
    if bounds.max is not None:
        words = [
            f"from {bounds.min} to {bounds.max}" if words else f"at most {bounds.max}"
        ]
    if bounds.multiple_of > 1:
        words.append(f"a multiple of {bounds.multiple_of}")
    return f"{name} must be {' and '.join(words)}"

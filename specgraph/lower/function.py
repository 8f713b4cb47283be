"""A backend in its simplest form: model.py is one function, of weights and of inputs.

The weights come as a mapping by path (`dense.kernel`), values lie as the spec has them.
What is left to such a backend are its rules.
"""

from __future__ import annotations

from collections.abc import Sequence

from specgraph.ir.graph import Graph
from specgraph.lower.code import call, item, value
from specgraph.lower.describe import docstring
from specgraph.lower.emit import Dialect, Writer, physical, printed
from specgraph.lower.imports import imports
from specgraph.lower.layout import arrange
from specgraph.lower.plan import Plan
from specgraph.lower.program import legalize
from specgraph.lower.pycode import (
    Const,
    Expr,
    FunctionDef,
    Import,
    Module,
    Name,
    Param,
)
from specgraph.lower.rules import At, Axes, Rules
from specgraph.ops.base import Op

WEIGHTS = "weights"
"""The first parameter of the function."""


def weight(at: At, name: str) -> Expr:
    """A weight of a node, out of the mapping that the function takes."""
    return item(Name(WEIGHTS), f"{at.name}.{name}")


def spec_order(rank: int, channels: int) -> Axes:
    """The axes of every value as the spec has them."""
    return tuple(range(rank))


def plan_of(
    graph: Graph, backend: str, rules: Rules[Op], modules: Sequence[Import]
) -> Plan:
    """The plan of a graph as one function; raises SpecError for gaps.

    `modules` are what the function's code needs, as `Import("numpy", "np")`.
    """
    program = arrange(graph, legalize(graph, rules), spec_order)
    names = {one.alias or one.module for one in modules}
    writer = Writer(program, _dialect(frozenset({*names, WEIGHTS})))
    body = writer.write()
    body.statements.append(writer.result(program.outputs))
    taken = [body.names[entry.value] for entry in program.inputs.values()]
    params = [Param(name) for name in (WEIGHTS, *taken)]
    function = FunctionDef(graph.name, params, None, body.statements)
    module = Module(docstring(program), [], [*imports(list(modules)), function])
    text, taps = printed(program, module, frozenset(one.module for one in modules))
    return Plan(
        backend=backend,
        graph=graph,
        files={"model.py": text},
        entry=graph.name,
        slots=body.slots,
        values=physical(program),
        taps=taps,
        aliases=body.aliases,
        doors={n: program.orders[v] for n, v in program.outputs.items()},
    )


def _dialect(reserved: frozenset[str]) -> Dialect:
    return Dialect(
        layer=lambda use, suffix: Const(".".join(use.path) + suffix),
        layer_name=lambda use: ".".join(use.path),
        prefix=lambda use: ".".join(use.path) + ".",
        reorder=lambda reorder, given: call("np.transpose", given, value(reorder.axes)),
        helper=lambda name: Name(name),
        reserved=reserved,
    )

"""Layers that are called several times: each is made once, under a name of its own."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from specgraph.ir.graph import Path
from specgraph.lower.merge import rebuilt
from specgraph.lower.program import Use
from specgraph.lower.pycode import Assign, Call, Expr, Name, Stmt, Tagged, dotted
from specgraph.lower.rules import Gap, Lowered
from specgraph.spec.names import variable_name
from specgraph_keras.ties import is_reversed


@dataclass(slots=True)
class Hoisted:
    """The layers of one function that are called again, and their variables."""

    made: dict[Path, list[tuple[Expr, Name]]] = field(default_factory=dict)
    """By the path of a use, its layers in the order they are called."""
    taken: set[str] = field(default_factory=set)
    reversed: set[Path] = field(default_factory=set)
    """Embeddings that are called in reverse as well."""

    def variable(self, use: Use, name: Expr) -> Expr:
        """The variable of a layer of this name."""
        for made, variable in self.made[use.home]:
            if isinstance(made, Call) and dict(made.kwargs).get("name") == name:
                return variable
        raise Gap("it has no layer of its own in Keras")

    def use(self, use: Use, lowered: Lowered, taken: set[str]) -> Lowered:
        """The same use, its layers made before it or by the use whose weights it has."""
        known = self.made.setdefault(use.home, [])
        if is_reversed(use):
            self.reversed.add(use.home)
        before: list[Stmt] = []
        index = 0

        def change(part: object) -> object:
            nonlocal index
            if not isinstance(part, Call) or not is_layer(part.func):
                return part
            made = reversible(part.func) if use.home in self.reversed else part.func
            if use.owner is None:
                variable = Name(self._fresh(use, taken))
                known.append((made, variable))
                before.append(Assign([variable], made))
            elif index >= len(known) or known[index][0] != made:
                raise Gap("a layer that is used again would be another one here")
            index += 1
            return replace(part, func=known[index - 1][1])

        body = rebuilt(lowered.body, change)
        outputs = {n: rebuilt(expr, change) for n, expr in lowered.outputs.items()}
        return replace(lowered, body=[*before, *body], outputs=outputs)

    def _fresh(self, use: Use, taken: set[str]) -> str:
        wanted = variable_name("_".join((*use.path, "layer")))
        name, number = wanted, 2
        while name in taken or name in self.taken:
            name, number = f"{wanted}_{number}", number + 1
        self.taken.add(name)
        return name


def reversible(expr: Expr) -> Expr:
    """An embedding as one that can be called in reverse."""
    if isinstance(expr, Call) and expr.func == dotted("layers.Embedding"):
        return replace(expr, func=dotted("layers.ReversibleEmbedding"))
    return expr


def is_layer(expr: Expr) -> bool:
    """Whether an expression makes a layer: a call that says what it is named."""
    while isinstance(expr, Tagged):
        expr = expr.expr
    return isinstance(expr, Call) and "name" in dict(expr.kwargs)

"""The optimizer of a Keras program: Keras's own, or a helper where it differs."""

from __future__ import annotations

from collections.abc import Mapping

from specgraph.ir.graph import Graph
from specgraph.lower.code import Argument, call, method
from specgraph.lower.pycode import (
    Assign,
    Attr,
    ClassDef,
    Comprehension,
    Docstring,
    Expr,
    ExprStmt,
    FunctionDef,
    Name,
    Param,
    Return,
    Stmt,
    dotted,
)
from specgraph.lower.slots import AnySlot, Slot
from specgraph.lower.training import endings, exempt_tensors
from specgraph.training.optimizers import SGD, Adaptive, Decaying, Optimizer

TITLES = {"sgd": "Stochastic gradient descent", "adam": "Adam", "adamw": "AdamW"}
COUPLED = {"sgd": "CoupledSGD", "adam": "CoupledAdam"}
"""What a program calls an optimizer whose weight decay is a part of the gradient."""


def optimizer_code(
    graph: Graph, spec: Optimizer, slots: Mapping[str, AnySlot]
) -> list[Stmt]:
    """The function that makes the optimizer of a model, and a class it may need."""
    exempt: tuple[str, ...] = ()
    if isinstance(spec, Decaying) and spec.weight_decay:
        names = [key for key, slot in slots.items() if isinstance(slot, Slot)]
        exempt = endings(exempt_tensors(graph, spec, slots), names)
    base, variable, named = _rule(graph, spec)
    made: list[Stmt] = []
    spared: list[Stmt] = []
    if isinstance(spec, Decaying) and spec.weight_decay:
        if spec.decouples:
            named["weight_decay"] = spec.weight_decay
            spared = _spared(variable, exempt) if exempt else []
        else:
            made.append(_coupled(spec.label, base))
            named["decay"] = spec.weight_decay
            if exempt:
                named["exempt"] = exempt
            base = COUPLED[spec.label]
    title = TITLES[spec.label]
    body: list[Stmt] = [Docstring(f"{title}, ready to step.")]
    found = call(base, **named)
    if spared:
        body += [Assign([Name(variable)], found), *spared, Return(Name(variable))]
    else:
        body.append(Return(found))
    params = [Param("model", dotted("keras.Model"))]
    returns = dotted("keras.optimizers.Optimizer")
    return [*made, FunctionDef("optimizer", params, returns, body)]


def _rule(graph: Graph, spec: Optimizer) -> tuple[str, str, dict[str, Argument]]:
    """The class of an optimizer, a name for it, and its arguments."""
    named: dict[str, Argument] = {"learning_rate": spec.learning_rate}
    match spec:
        case SGD():
            if spec.momentum:
                named["momentum"] = spec.momentum
            if spec.nesterov:
                named["nesterov"] = True
            return "keras.optimizers.SGD", "sgd", named
        case Adaptive():
            if (spec.beta_1, spec.beta_2) != (0.9, 0.999):
                named |= {"beta_1": spec.beta_1, "beta_2": spec.beta_2}
            if spec.epsilon != 1e-7:
                named["epsilon"] = spec.epsilon
            if spec.amsgrad:
                named["amsgrad"] = True
            base = _adam(graph, spec)
            return base, "adamw" if base.endswith("W") else "adam", named
    raise NotImplementedError(f"optimizer {spec.label}")


def _adam(graph: Graph, spec: Adaptive) -> str:
    if spec.epsilon_placement == "corrected" and spec.epsilon:
        return "CorrectedAdam"
    if any(path.endswith(".embeddings") for path in graph.parameters()):
        return "DenseAdam"
    decays = spec.weight_decay and spec.decouples
    return "keras.optimizers.AdamW" if decays else "keras.optimizers.Adam"


def _spared(variable: str, exempt: tuple[str, ...]) -> list[Stmt]:
    """The weights that do not decay, told to the optimizer."""
    weight = Name("weight")
    ends = method(Attr(weight, "path"), "endswith", *_one_or_all(exempt))
    weights = Comprehension(weight, weight, dotted("model.trainable_variables"), [ends])
    told = method(Name(variable), "exclude_from_weight_decay", Name("exempt"))
    return [Assign([Name("exempt")], weights), ExprStmt(told)]


def _one_or_all(exempt: tuple[str, ...]) -> tuple[Argument]:
    return (exempt[0] if len(exempt) == 1 else exempt,)


def _coupled(label: str, base: str) -> Stmt:
    text = f"{TITLES[label]} with weight decay as a part of the gradient."
    bases: list[Expr] = [Name("CoupledDecay"), dotted(base)]
    return ClassDef(COUPLED[label], bases, [Docstring(text)])

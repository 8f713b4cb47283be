"""The optimizer of a torch program: torch's own, with hooks where it differs."""

from __future__ import annotations

from collections.abc import Mapping

from specgraph.ir.graph import Graph
from specgraph.lower.code import Argument, call, item, listed, method, value
from specgraph.lower.pycode import (
    AnnAssign,
    Assign,
    Comprehension,
    Const,
    Dict,
    Docstring,
    Expr,
    ExprStmt,
    FunctionDef,
    Name,
    Param,
    Return,
    Stmt,
    Tuple,
    UnaryOp,
    dotted,
)
from specgraph.lower.slots import AnySlot, Slot
from specgraph.lower.training import endings, exempt_tensors
from specgraph.training.optimizers import SGD, Adaptive, Decaying, Optimizer
from specgraph_torch.constraints import HOOK, constraint_code

TITLES = {"sgd": "Stochastic gradient descent", "adam": "Adam", "adamw": "AdamW"}
MODEL = Name("model")


def optimizer_code(
    graph: Graph, spec: Optimizer, slots: Mapping[str, AnySlot], entry: str
) -> Stmt:
    """The function that makes the optimizer of a model."""
    constrain = constraint_code(graph, slots)
    body: list[Stmt] = [Docstring(f"{TITLES[spec.label]}, ready to step."), *constrain]
    weights: Expr = method(MODEL, "parameters")
    key, decay = _decay(spec)
    names = [name for name, slot in slots.items() if isinstance(slot, Slot)]
    exempt: tuple[str, ...] = ()
    if isinstance(spec, Decaying) and decay:
        exempt = endings(exempt_tensors(graph, spec, slots), names)
    hooked = value(decay) if key == "decay" else None
    if exempt:
        body += _grouped(exempt)
        decaying = _group(Name("decaying"), key, hooked)
        spared = _group(Name("exempt"), key, value(0.0))
        groups = item(Name("list"), item(Name("dict"), Name("str"), Name("Any")))
        made = listed([decaying, spared])
        weights = Name("groups")
        body.append(AnnAssign(weights, groups, made))
    elif hooked is not None:
        weights = listed([_group(weights, key, hooked)])
    body += _made(spec, weights, 0.0 if hooked else decay, bool(constrain))
    params = [Param("model", Name(entry))]
    return FunctionDef("optimizer", params, dotted("torch.optim.Optimizer"), body)


def _decay(spec: Optimizer) -> tuple[str, float]:
    """What a group of weights calls its decay, and its factor; torch's SGD couples."""
    if not isinstance(spec, Decaying):
        return "", 0.0
    hooked = isinstance(spec, SGD) and spec.decouples and spec.weight_decay
    return "decay" if hooked else "weight_decay", spec.weight_decay


def _grouped(exempt: tuple[str, ...]) -> list[Stmt]:
    """The weights that decay, and those that do not."""
    named = method(MODEL, "named_parameters")
    spared, weight = Name("spared"), Name("weight")
    ends = method(Name("name"), "endswith", spared)
    target = Tuple([Name("name"), weight])
    return [
        Assign([spared], value(exempt[0] if len(exempt) == 1 else exempt)),
        Assign(
            [Name("decaying")],
            Comprehension(weight, target, named, [UnaryOp("not", ends)]),
        ),
        Assign([Name("exempt")], Comprehension(weight, target, named, [ends])),
    ]


def _group(weights: Expr, key: str, decay: Expr | None) -> Expr:
    entries: list[tuple[Expr | None, Expr]] = [(Const("params"), weights)]
    if decay is not None:
        entries.append((Const(key), decay))
    return Dict(entries)


def _made(spec: Optimizer, weights: Expr, decay: float, constrains: bool) -> list[Stmt]:
    """The statements that make and return the optimizer."""
    named: dict[str, Argument] = {"lr": spec.learning_rate}
    hooks: list[str] = []
    match spec:
        case SGD():
            title, variable = "SGD", "sgd"
            if spec.momentum:
                named["momentum"] = spec.momentum
            if spec.nesterov:
                named["nesterov"] = True
            if spec.weight_decay and spec.decouples:
                hooks.append("decoupled_decay")
        case Adaptive():
            title, variable = "Adam", "adam"
            if spec.weight_decay and spec.decouples:
                title, variable = "AdamW", "adamw"
            if (spec.beta_1, spec.beta_2) != (0.9, 0.999):
                named["betas"] = (spec.beta_1, spec.beta_2)
            if spec.epsilon != 1e-8:
                named["eps"] = spec.epsilon
            if spec.amsgrad:
                named["amsgrad"] = True
            if spec.epsilon_placement == "uncorrected" and spec.epsilon:
                hooks.append("uncorrected_epsilon")
        case _:
            raise NotImplementedError(f"optimizer {spec.label}")
    if decay:
        named["weight_decay"] = decay
    made = call(f"torch.optim.{title}", weights, **named)
    registered = [("register_step_pre_hook", hook) for hook in hooks]
    if constrains:
        registered.append(("register_step_post_hook", HOOK))
    if not registered:
        return [Return(made)]
    found = Name(variable)
    return [
        Assign([found], made),
        *(ExprStmt(method(found, place, Name(hook))) for place, hook in registered),
        Return(found),
    ]

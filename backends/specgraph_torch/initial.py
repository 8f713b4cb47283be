"""How a module's weights start: statements for what torch's own defaults do not do."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from specgraph.lower.code import call, method
from specgraph.lower.program import Use
from specgraph.lower.pycode import (
    Assign,
    Attr,
    BinOp,
    BoolOp,
    Call,
    Compare,
    Const,
    Expr,
    ExprStmt,
    For,
    FunctionDef,
    If,
    Name,
    Param,
    Stmt,
    Tuple,
    dotted,
)
from specgraph.lower.resources import Resource
from specgraph.lower.rules import Lowered
from specgraph.lower.slots import Fixed, Slot
from specgraph_torch.helpers import HELPERS
from specgraph_torch.initializers import Fill, fills
from specgraph_torch.layers import layer

NUMBERED = re.compile(r"_l\d+(_reverse)?\Z")
"""Tensors that `nn.LSTM` and its kin name by layer; the type checker knows none."""
OPTIONAL = {"running_mean", "running_var"}
"""Tensors that a type checker takes for None; so it does the bias of `UNSURE`."""
UNSURE = ("Conv", "EinsumDense")
PARAMETRIZED = "parametrizations.weight.original"
"""What torch calls the tensors that it makes a weight of, but for their numbers."""
WRAPPED = "parametrized"
"""Stands for the class of a layer that torch makes for one such weight."""

Path = tuple[str, ...]
Helper = Callable[[str], Expr]
SELF = Name("self")
MODULE = Name("module")


@dataclass(frozen=True, slots=True)
class Start:
    """How one layer's tensors are filled."""

    layer_class: str
    tensors: tuple[tuple[str, tuple[Fill, ...]], ...]


Owned = tuple[Path, str, Start]
"""A layer's path, the name of the layer that a helper there holds, and its start."""


class Initial:
    """The statements that fill the weights of one module."""

    def __init__(
        self,
        lowered: list[tuple[Use, Lowered]],
        helper: Helper,
        everything: list[tuple[Use, Lowered]] | None = None,
    ) -> None:
        """`everything` is what the whole model has, where `lowered` is a part of it."""
        self.helper = helper
        self.own: list[Owned] = []
        """Every layer's start, where it is not torch's."""
        self.common: dict[str, Start] = {}
        """The start that all layers of a class share."""
        self.unsure = set(UNSURE)
        """Parts of the names of classes whose layers may have no bias."""
        if everything is not None:
            whole = Initial(everything, helper)
            self.common, self.unsure = whole.common, whole.unsure
            self.own = Initial(lowered, helper).own
            return
        native: set[str] = set()
        mixed: list[tuple[Use, Lowered]] = []
        tied: list[tuple[Use, Lowered]] = []
        for use, one in lowered:
            if one.ties:
                tied.append((use, one))
                if all(param.name != "bias" for param in use.params):
                    self.unsure.add(class_of(one))
                continue
            starts = list(_starts(use, one))
            if any(start != starts[0][1] for _, start in starts):
                mixed.append((use, one))
                continue
            if one.inner or is_parametrized(one):
                native.add(class_of(one))  # a rule for the class would fill this too
            for inner, start in starts:
                if start.tensors:
                    self.own.append((use.path, inner, start))
                elif "" in one.init:
                    native.add(start.layer_class)
        self.common = _shared(self.own, native)
        wholes = [self._whole(use, one) for use, one in mixed]
        self.common |= _shared(wholes, native)
        self.own += wholes
        self.own += [self._beside(use, one) for use, one in tied]

    def _beside(self, use: Use, lowered: Lowered) -> Owned:
        """The start of what is not tied, where the rule for the class gives another.

        The tied tensor goes, whatever it started as.
        """
        layer_class = class_of(lowered)
        common = self.common.get(layer_class)
        tensors = _tensors(use, lowered, layer_class, every=common is not None)
        filled = common.tensors if common is not None else ()
        left = tuple(tensor for tensor in tensors if tensor not in filled)
        return use.path, "", Start(layer_class, left)

    def _whole(self, use: Use, lowered: Lowered) -> Owned:
        """The start of a helper whose layers start differently.

        What others of their class start as may not stay.
        """
        every = not self.common.keys().isdisjoint(lowered.inner.values())
        layer_class = class_of(lowered)
        tensors = _tensors(use, lowered, layer_class, every)
        return use.path, "", Start(layer_class, tensors)

    def statements(self, apply: bool = True) -> list[Stmt]:
        """What ends `__init__`: `self.apply`, then the layers that start otherwise."""
        statements: list[Stmt] = []
        if self.common and apply:
            function = Attr(SELF, "_initialize")
            statements.append(ExprStmt(method(SELF, "apply", function)))
        for start, lines in self.each().values():
            if start not in self.common.values():
                statements += lines
        return statements

    def each(
        self, optional: Collection[Path] = ()
    ) -> dict[tuple[Path, str], tuple[Start, list[Stmt]]]:
        """By layer, its start and the statements for it.

        A type checker does not know the `optional` layers, which may be none, nor a
        module that stands for the only layer of its own.
        """
        found: dict[tuple[Path, str], tuple[Start, list[Stmt]]] = {}
        for path, inner, start in self.own:
            lines: list[Stmt] = []
            for tensor, filled in start.tensors:
                unsure = path in optional or not path
                target = _tensor(path, inner, start.layer_class, tensor, unsure)
                lines += self._lines(filled, target)
            found[path, inner] = (start, [*lines, *self._derived(path, start)])
        return found

    def _derived(self, path: Path, start: Start) -> Iterator[Stmt]:
        """Sets what torch makes of a weight beside it, once that is filled."""
        tensors = [tensor for tensor, _ in start.tensors]
        direction = f"{PARAMETRIZED}1"
        if direction in tensors:  # lengths
            filled = _tensor(path, "", start.layer_class, direction)
            weight = Attr(layer(path, ""), "weight")
            yield Assign([weight], method(filled, "detach"))
        if PARAMETRIZED in tensors:  # singular vectors
            yield ExprStmt(call(self.helper("find_norm"), layer(path, "")))

    def method(self) -> list[Stmt]:
        """The `_initialize` that `self.apply` runs on every module."""
        if not self.common:
            return []
        classes: dict[tuple[object, ...], list[str]] = {}
        for layer_class, start in self.common.items():
            classes.setdefault(start.tensors, []).append(layer_class)
        body: list[Stmt] = []
        for names in classes.values():
            kinds: Expr = dotted(names[0])
            for other in names[1:]:
                kinds = BinOp(kinds, "|", dotted(other))
            test: Expr = call("isinstance", MODULE, kinds)
            statements = self._module(self.common[names[0]], names)
            match statements:
                case [If(test=inner, body=lines)]:
                    test, statements = BoolOp("and", [test, inner]), lines
            body.append(If(test, statements))
        params = [Param("module", dotted("nn.Module"))]
        decorators: list[Expr] = [Name("staticmethod")]
        return [FunctionDef("_initialize", params, Const(None), body, decorators)]

    def _module(self, start: Start, names: list[str]) -> list[Stmt]:
        """The statements for `module`, which is of one of several classes."""
        if any(NUMBERED.search(tensor) for tensor, _ in start.tensors):
            return [self._numbered(start)]
        statements: list[Stmt] = []
        for tensor, filled in start.tensors:
            target = _member(MODULE, tensor)
            lines = self._lines(filled, target)
            unsure = any(part in name for name in names for part in self.unsure)
            if tensor in OPTIONAL or (_is_bias(tensor) and unsure):
                lines = [If(Compare(target, "is not", Const(None)), lines)]
            statements += lines
        return statements

    def _numbered(self, start: Start) -> Stmt:
        """A loop over the named tensors: `weight_ih_l0` and so on."""
        parameter = Name("parameter")
        chain: list[Stmt] = []
        by_fill: dict[tuple[Fill, ...], list[str]] = {}
        for tensor, filled in start.tensors:
            by_fill.setdefault(filled, []).append(tensor)
        for filled, tensors in reversed(by_fill.items()):
            test: Expr = Compare(Name("name"), "==", Const(tensors[0]))
            if len(tensors) > 1:
                known = Tuple([Const(tensor) for tensor in tensors])
                test = Compare(Name("name"), "in", known)
            chain = [If(test, self._lines(filled, parameter), chain)]
        names = method(MODULE, "named_parameters")
        return For(Tuple([Name("name"), parameter]), names, chain)

    def _lines(self, filled: tuple[Fill, ...], target: Expr) -> list[Stmt]:
        return [fill.statement(target, self.helper) for fill in filled]


def is_parametrized(lowered: Lowered) -> bool:
    """Whether torch makes a use's weight of other tensors."""
    return any(slot.key.startswith(PARAMETRIZED) for slot in lowered.slots)


def class_of(lowered: Lowered) -> str:
    """The class of a use's layer: torch's own where a helper extends it."""
    made = lowered.init.get("")
    if is_parametrized(lowered) and isinstance(made, Call):
        made = made.args[0]
    parts: list[str] = []
    expr = made.func if isinstance(made, Call) else None
    while isinstance(expr, Attr):
        parts.append(expr.attr)
        expr = expr.value
    if not isinstance(expr, Name):
        return ""
    name = ".".join([expr.id, *reversed(parts)])
    if name not in HELPERS:
        return name
    definition = Resource("specgraph_torch", f"emit/{HELPERS[name]}").find(name)
    assert isinstance(definition, ast.ClassDef)
    base = ast.unparse(definition.bases[0])
    return name if base == "nn.Module" else base


def _shared(owned: list[Owned], native: set[str]) -> dict[str, Start]:
    """The classes whose layers all start alike, and not as torch's own."""
    by_class: dict[str, set[Start]] = {}
    for _, _, start in owned:
        by_class.setdefault(start.layer_class, set()).add(start)
    return {
        layer_class: next(iter(starts))
        for layer_class, starts in by_class.items()
        if len(starts) == 1
        and layer_class not in native
        and layer_class not in ("nn.Parameter", "nn.Sequential", WRAPPED)
    }


def _starts(use: Use, lowered: Lowered) -> Iterator[tuple[str, Start]]:
    """The starts of a use's layer, or of each layer that its helper holds."""
    layer_class = WRAPPED if is_parametrized(lowered) else class_of(lowered)
    tensors = _tensors(use, lowered, layer_class)
    if not lowered.inner:
        yield "", Start(layer_class, tensors)
    for inner, inner_class in lowered.inner.items():
        own = tuple(
            (tensor.removeprefix(f"{inner}."), filled)
            for tensor, filled in tensors
            if tensor.startswith(f"{inner}.")
        )
        yield inner, Start(inner_class, own)


def _tensors(
    use: Use, lowered: Lowered, layer_class: str, every: bool = False
) -> tuple[tuple[str, tuple[Fill, ...]], ...]:
    params = {param.name: param for param in use.params}
    slots = {slot.key: slot for slot in lowered.slots if isinstance(slot, Slot)}
    found = [
        (init.tensor, fills(params[init.param], slots[init.tensor].pieces[0]))
        for init in lowered.inits
        if every or not init.native
    ]
    if layer_class in ("nn.GRU", "nn.LSTM", "nn.RNN"):
        zeros = (Fill("nn.init.zeros_"),)
        found += [(s.key, zeros) for s in lowered.slots if isinstance(s, Fixed)]
    return tuple(found)


def _tensor(
    path: Path, inner: str, layer_class: str, tensor: str, unsure: object = False
) -> Expr:
    """A tensor of a layer, as an expression whose type is known."""
    key = ".".join(part for part in (*path, inner, tensor) if part)
    if tensor in OPTIONAL:
        return method(SELF, "get_buffer", key)
    unsure = unsure or NUMBERED.search(tensor)
    unsure = unsure or (_is_bias(tensor) and "Conv" in layer_class)
    numbered = layer_class in ("nn.Sequential", WRAPPED)
    if len(path) > 1 or unsure or numbered:
        return method(SELF, "get_parameter", key)
    return _member(SELF, key)


def _is_bias(tensor: str) -> bool:
    return tensor.rpartition(".")[2] == "bias"


def _member(owner: Expr, key: str) -> Expr:
    """What a dotted key leads to."""
    for part in key.split("."):
        owner = Attr(owner, part)
    return owner

"""What a type checker knows of emitted code: calling an `nn.Module` gives it `Any`."""

from __future__ import annotations

from collections.abc import Iterable

from specgraph.lower.pycode import (
    AnnAssign,
    Assign,
    Attr,
    BinOp,
    Call,
    Compare,
    Const,
    Dict,
    Expr,
    Name,
    Return,
    Stmt,
    Subscript,
    Tagged,
    Tuple,
    UnaryOp,
)

MODULES = frozenset({"F", "torch"})
UNTYPED = frozenset({"unflatten"})
"""Methods of tensors that torch gives no types."""
MOST_TYPED = 4
"""Items of a list of which a type says each."""


def annotated(body: list[Stmt], tensors: Iterable[str], name: str) -> list[Stmt]:
    """The body with its result under a name and a type, where no checker could tell.

    `tensors` are the names that hold tensors from the start.
    """
    last = body[-1]
    assert isinstance(last, Return)
    known = dict.fromkeys(tensors, True)
    declared = dict(known)
    for statement in body[:-1]:
        if isinstance(statement, Assign):
            _learn(statement, known, declared)
    if last.value is None or isinstance(last.value, Dict | Tuple):
        return body
    if _is_tensor(last.value, known):
        return body
    while name in known:
        name += "_"
    result = AnnAssign(Name(name), Name("Tensor"), last.value, last.comment)
    return [*body[:-1], result, Return(Name(name))]


def _learn(
    statement: Assign, known: dict[str, bool], declared: dict[str, bool]
) -> None:
    """A variable is a tensor while what it was first given and what it holds are."""
    (target,) = statement.targets
    found = isinstance(target, Name) and _is_tensor(statement.value, known)
    for name in _names(target):
        known[name] = found and declared.setdefault(name, found)


def _names(target: Expr) -> list[str]:
    if isinstance(target, Name):
        return [target.id]
    return [name for item in getattr(target, "items", ()) for name in _names(item)]


def _is_tensor(expr: Expr, known: dict[str, bool]) -> bool:
    """Whether a checker finds the type of an expression by itself."""
    match expr:
        case Tagged(expr=inner):
            return _is_tensor(inner, known)
        case Name(id=name):
            return known.get(name, False)
        case BinOp(left=left, right=right):
            return _is_tensor(left, known) and not _is_untyped(right)
        case Subscript(value=value) | Compare(left=value):
            return _is_tensor(value, known)
        case UnaryOp(operand=value):
            return _is_tensor(value, known)
        case Call(func=Name()):
            return True  # a helper
        case Call(func=Attr(value=Name(id=name))) if name in MODULES:
            return True
        case Call(func=Attr(value=value, attr=title)):
            return title not in UNTYPED and _is_tensor(value, known)
    return False


def _is_untyped(expr: Expr) -> bool:
    """Whether an expression is what a module gives, or made of it alone."""
    match expr:
        case Tagged(expr=inner) | Subscript(value=inner):
            return _is_untyped(inner)
        case Call(func=Subscript()) | Call(func=Attr(value=Name(id="self"))):
            return True
        case Call(func=Attr(value=value, attr=title)):
            return title in UNTYPED or _is_untyped(value)
    return False


def type_of(values: Iterable[object]) -> Expr:
    """The type of a parameter that is given these."""
    found: dict[str, Expr] = {}
    values = list(values)
    for kind in dict.fromkeys(map(type, values)):
        found[kind.__name__] = Name(kind.__name__)
    lists = [value for value in values if isinstance(value, tuple)]
    if lists:
        found["tuple"] = _type_of_lists(lists)
    if "float" in found:
        found.pop("int", None)
    first, *others = found.values()
    for other in others:
        first = BinOp(first, "|", other)
    return first


def _type_of_lists(values: list[tuple[object, ...]]) -> Expr:
    """`tuple[int, int]`, or `tuple[int, ...]` where lengths differ."""
    if not any(values):
        return Subscript(Name("tuple"), Tuple([]))
    inner = type_of(item for value in values for item in value)
    length = len(values[0])
    alike = length <= MOST_TYPED and all(len(value) == length for value in values)
    items = [inner] * length if alike else [inner, Const(...)]
    return Subscript(Name("tuple"), Tuple(items))

"""A small model of Python source: what a backend emits, before it is text."""

import ast
import keyword
from dataclasses import dataclass, field
from types import EllipsisType
from typing import TypeAlias

from specgraph.lower.resources import Resource

_RESERVED = frozenset(keyword.kwlist) | {"__debug__"}


def identifier(text: str) -> str:
    """`text`, if it can name a thing in emitted code; ValueError otherwise."""
    if not (text.isascii() and text.isidentifier()) or text in _RESERVED:
        raise ValueError(f"{text!r} is not an identifier that code can use")
    return text


# Expressions


@dataclass(slots=True)
class Name:
    id: str


@dataclass(slots=True)
class Attr:
    value: "Expr"
    attr: str


@dataclass(slots=True)
class Const:
    """A literal; floats must be finite, and `...` is an index or part of one."""

    value: bool | int | float | str | EllipsisType | None


@dataclass(slots=True)
class Call:
    """A call; a keyword called None is `**value`."""

    func: "Expr"
    args: "list[Expr]" = field(default_factory=list)
    kwargs: "list[tuple[str | None, Expr]]" = field(default_factory=list)


@dataclass(slots=True)
class Subscript:
    value: "Expr"
    index: "Expr"


@dataclass(slots=True)
class Slice:
    """`lower:upper:step`, only as an index or an item of a tuple that is one."""

    lower: "Expr | None" = None
    upper: "Expr | None" = None
    step: "Expr | None" = None


@dataclass(slots=True)
class Tuple:
    items: "list[Expr]"


@dataclass(slots=True)
class List:
    items: "list[Expr]"


@dataclass(slots=True)
class Dict:
    """A dict display; a key that is None is `**value`."""

    items: "list[tuple[Expr | None, Expr]]"


@dataclass(slots=True)
class BinOp:
    """`left op right`, op one of `| ^ & << >> + - * @ / // % **`."""

    left: "Expr"
    op: str
    right: "Expr"


@dataclass(slots=True)
class UnaryOp:
    """`op operand`, op one of `- + ~ not`."""

    op: str
    operand: "Expr"


@dataclass(slots=True)
class Compare:
    """`left op right`, op one of `== != < <= > >= is in` or `is not`, `not in`."""

    left: "Expr"
    op: str
    right: "Expr"


@dataclass(slots=True)
class BoolOp:
    """Two or more operands joined by `and` or by `or`."""

    op: str
    operands: "list[Expr]"


@dataclass(slots=True)
class IfExp:
    test: "Expr"
    body: "Expr"
    orelse: "Expr"


@dataclass(slots=True)
class Starred:
    value: "Expr"


@dataclass(slots=True)
class Comprehension:
    """`element for target in iter if …`, in brackets or as a generator."""

    element: "Expr"
    target: "Expr"
    iter: "Expr"
    conditions: "list[Expr]" = field(default_factory=list)
    generator: bool = False


@dataclass(slots=True)
class FString:
    """Literal text and expressions; the expressions hold no string."""

    parts: "list[str | Expr]"


@dataclass(slots=True)
class Tagged:
    """Prints as `expr`; the printer reports where, under `tag`."""

    expr: "Expr"
    tag: object


Expr: TypeAlias = (
    Name
    | Attr
    | Const
    | Call
    | Subscript
    | Slice
    | Tuple
    | List
    | Dict
    | BinOp
    | UnaryOp
    | Compare
    | BoolOp
    | IfExp
    | Starred
    | Comprehension
    | FString
    | Tagged
)


def dotted(path: str) -> Name | Attr:
    """The expression `a.b.c` for the text "a.b.c"."""
    first, *rest = path.split(".")
    node: Name | Attr = Name(first)
    for attr in rest:
        node = Attr(node, attr)
    return node


# Statements. A comment that would make its line too long is left out.


@dataclass(slots=True)
class Assign:
    targets: list[Expr]
    value: Expr
    comment: str = ""
    tag: object = None


@dataclass(slots=True)
class AnnAssign:
    target: Expr
    annotation: Expr
    value: Expr | None = None
    comment: str = ""
    tag: object = None


@dataclass(slots=True)
class AugAssign:
    """`target op= value`, op as in BinOp."""

    target: Expr
    op: str
    value: Expr
    comment: str = ""
    tag: object = None


@dataclass(slots=True)
class ExprStmt:
    value: Expr
    comment: str = ""
    tag: object = None


@dataclass(slots=True)
class Return:
    value: Expr | None = None
    comment: str = ""
    tag: object = None


@dataclass(slots=True)
class Raise:
    value: Expr
    cause: Expr | None = None
    tag: object = None


@dataclass(slots=True)
class Assert:
    test: Expr
    message: Expr | None = None
    tag: object = None


@dataclass(slots=True)
class Pass:
    tag: object = None


@dataclass(slots=True)
class If:
    """An `orelse` that is one If prints as `elif`."""

    test: Expr
    body: "list[Stmt]"
    orelse: "list[Stmt]" = field(default_factory=list)
    tag: object = None


@dataclass(slots=True)
class For:
    target: Expr
    iter: Expr
    body: "list[Stmt]"
    tag: object = None


@dataclass(slots=True)
class With:
    """`with expr as target, …`; a target may be None."""

    items: list[tuple[Expr, Expr | None]]
    body: "list[Stmt]"
    tag: object = None


@dataclass(slots=True)
class Param:
    """A parameter; `star` is "", "*" or "**", and a bare `*` has no name."""

    name: str
    annotation: Expr | None = None
    default: Expr | None = None
    star: str = ""


@dataclass(slots=True)
class FunctionDef:
    name: str
    params: list[Param]
    returns: Expr | None
    body: "list[Stmt]"
    decorators: list[Expr] = field(default_factory=list)
    tag: object = None


@dataclass(slots=True)
class ClassDef:
    name: str
    bases: list[Expr]
    body: "list[Stmt]"
    decorators: list[Expr] = field(default_factory=list)
    tag: object = None


@dataclass(slots=True)
class Import:
    """`import module` or `import module as alias`."""

    module: str
    alias: str = ""
    tag: object = None


@dataclass(slots=True)
class ImportFrom:
    """`from module import …`; a pair is `name as alias`."""

    module: str
    names: list[str | tuple[str, str]]
    tag: object = None


@dataclass(slots=True)
class Docstring:
    """First in its body; unsafe characters of `text` are replaced when printed."""

    text: str


@dataclass(slots=True)
class CommentLine:
    """A line of its own, above another statement of the same body."""

    text: str


@dataclass(slots=True)
class Blank:
    """One empty line, where the layout would not put one by itself."""


@dataclass(slots=True)
class Include:
    """A definition copied from a file of our own package, never from text."""

    package: str
    resource: str
    name: str
    tag: object = None
    source: str = field(init=False)
    defines: bool = field(init=False)

    def __post_init__(self) -> None:
        file = Resource(self.package, self.resource)
        self.source = file.cut(self.name)
        found = file.find(self.name)
        self.defines = isinstance(found, ast.ClassDef | ast.FunctionDef)


Stmt: TypeAlias = (
    Assign
    | AnnAssign
    | AugAssign
    | ExprStmt
    | Return
    | Raise
    | Assert
    | Pass
    | If
    | For
    | With
    | FunctionDef
    | ClassDef
    | Import
    | ImportFrom
    | Docstring
    | CommentLine
    | Blank
    | Include
)


@dataclass(slots=True)
class Module:
    docstring: str
    header_comments: list[str]
    body: list[Stmt]

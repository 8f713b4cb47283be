"""Random code models print to files that ruff leaves alone and Python reads back."""

import ast
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import EllipsisType

import pytest

from specgraph.lower.printer import Printed, print_module
from specgraph.lower.pycode import (
    AnnAssign,
    Assert,
    Assign,
    Attr,
    AugAssign,
    BinOp,
    Blank,
    BoolOp,
    Call,
    ClassDef,
    CommentLine,
    Compare,
    Comprehension,
    Const,
    Dict,
    Docstring,
    Expr,
    ExprStmt,
    For,
    FString,
    FunctionDef,
    If,
    IfExp,
    Import,
    List,
    Module,
    Name,
    Param,
    Pass,
    Raise,
    Return,
    Slice,
    Starred,
    Stmt,
    Subscript,
    Tagged,
    Tuple,
    UnaryOp,
    With,
    dotted,
)
from specgraph.lower.recheck import check_module
from specgraph.lower.syntax import expr_ast

NAMES = [
    "x",
    "y",
    "self",
    "image",
    "hidden_states",
    "kernel_size",
    "bb",
    "normalization_layer",
    "position_embedding_table",
    "a" * 40,
]
HOSTILE = [
    "relu",
    'say "hi"',
    "it's",
    "both \"'",
    "é漢字",
    "a\nb\\",
    "\u202ertl\u2028",
    "\ud800",
    '"""',
    "{brace}",
    "x" * 60,
    "# coding: rot13",
    "\x00\t\x7f",
]
VALUES: list[bool | int | float | str | EllipsisType | None] = [
    *HOSTILE,
    0,
    1,
    -1,
    2.5,
    1e-5,
    -0.0,
    10**20,
    True,
    None,
    ...,
]


class RandomCode:
    """Expressions and statements from a seed; every fifth expression is tagged."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def name(self) -> str:
        return self.random.choice(NAMES)

    def some(self, *counts: int) -> range:
        return range(self.random.choice(counts))

    def expr(self, depth: int) -> Expr:
        node = self.untagged(depth)
        return Tagged(node, node) if self.random.random() < 0.2 else node

    def untagged(self, depth: int) -> Expr:
        if depth <= 0 or self.random.random() < 0.1:
            leaf: list[Expr] = [
                Name(self.name()),
                Attr(Name(self.name()), self.name()),
                Const(self.random.choice(VALUES)),
            ]
            return self.random.choice(leaf)
        kinds: list[Callable[[int], Expr]] = [
            *[self.call] * 4,
            lambda d: Attr(self.expr(d), self.name()),
            lambda d: Subscript(self.expr(d), self.index(d)),
            lambda d: Tuple(self.several(d, 0, 1, 2, 4)),
            lambda d: List(self.several(d, 0, 1, 3, 5)),
            lambda d: Dict([(self.key(d), self.expr(d)) for _ in self.some(0, 1, 3)]),
            self.bin_op,
            self.bin_op,
            lambda d: UnaryOp(self.random.choice(["-", "not", "~"]), self.expr(d)),
            self.compare,
            lambda d: BoolOp(self.random.choice(["and", "or"]), self.several(d, 2, 3)),
            lambda d: IfExp(self.expr(d), self.expr(d), self.expr(d)),
            lambda d: self.comprehension(d, generator=self.random.random() < 0.3),
            lambda d: self.f_string(),
        ]
        return self.random.choice(kinds)(depth - 1)

    def several(self, depth: int, *counts: int) -> list[Expr]:
        return [self.expr(depth) for _ in self.some(*counts)]

    def key(self, depth: int) -> Expr | None:
        return self.expr(depth) if self.random.random() < 0.9 else None

    def call(self, depth: int) -> Expr:
        func = self.expr(depth) if self.random.random() < 0.3 else dotted("nn.Linear")
        args = self.several(depth, 0, 1, 1, 2, 4)
        if len(args) == 1 and self.random.random() < 0.3:
            args = [self.comprehension(depth, generator=True)]
        if len(args) > 1 and self.random.random() < 0.2:
            args[0] = Starred(args[0])
        names: list[str | None] = [*self.random.sample(NAMES, len(self.some(0, 0, 3)))]
        if self.random.random() < 0.1:
            names.append(None)
        return Call(func, args, [(name, self.expr(depth)) for name in names])

    def bin_op(self, depth: int) -> Expr:
        op = self.random.choice(["+", "-", "*", "/", "//", "**", "@", "|", "<<"])
        return BinOp(self.expr(depth), op, self.expr(depth))

    def compare(self, depth: int) -> Expr:
        op = self.random.choice(["==", "<", "is not", "not in"])
        return Compare(self.expr(depth), op, self.expr(depth))

    def comprehension(self, depth: int, generator: bool) -> Comprehension:
        target: Expr = Name("i")
        if self.random.random() < 0.5:
            target = Tuple([Name("i"), Name("j")])
        conditions = self.several(depth, 0, 0, 1, 2)
        element, source = self.expr(depth), self.expr(depth)
        return Comprehension(element, target, source, conditions, generator)

    def f_string(self) -> Expr:
        inner = BinOp(Name("i"), "+", Const(1))
        parts: list[str | Expr] = [*self.random.sample(HOSTILE, 2), inner]
        return FString(self.random.sample(parts, self.random.randint(0, 3)))

    def slice(self, depth: int) -> Expr:
        bounds = [self.key(self.random.randint(0, depth)) for _ in range(2)]
        step = Const(2) if self.random.random() < 0.3 else None
        return Slice(bounds[0], bounds[1], step)

    def index(self, depth: int) -> Expr:
        one = self.random.choice([self.expr, self.slice])
        if self.random.random() < 0.6:
            return one(depth)
        return Tuple([one(depth) for _ in self.some(1, 2, 3)])

    def target(self) -> Expr:
        options: list[Expr] = [
            Name(self.name()),
            Attr(Name("self"), self.name()),
            Attr(Call(Name(self.name()), [Name("x")]), self.name()),
            Subscript(Attr(Name("self"), self.name()), self.index(2)),
        ]
        return self.random.choice(options)

    def targets(self) -> list[Expr]:
        if self.random.random() < 0.2:
            return [Tuple([self.target() for _ in self.some(1, 2, 4)])]
        return [self.target() for _ in self.some(1, 1, 1, 2)]

    def annotation(self) -> Expr:
        pair = Subscript(
            Name("tuple"), Tuple([Name("int")] * self.random.randint(2, 9))
        )
        nested = Subscript(Name("dict"), Tuple([Name("str"), pair]))
        optional = BinOp(Name("Tensor"), "|", Const(None))
        options: list[Expr] = [Name("Tensor"), nested, optional]
        return self.random.choice(options)

    def remark(self) -> str:
        return self.random.choice(["", "", "[B, 32, 13, 13]", *HOSTILE])

    def simple(self) -> Stmt:
        value = self.expr(self.random.randint(1, 4))
        also = self.expr(2)
        error = Call(Name("ValueError"), [value])
        options: list[Stmt] = [Assign(self.targets(), value, self.remark())] * 6
        options += [Return(value, self.remark())] * 2
        options += [
            Return(None),
            AnnAssign(self.target(), self.annotation(), value, self.remark()),
            AnnAssign(self.target(), self.annotation()),
            AugAssign(self.target(), "//", value, self.remark()),
            ExprStmt(BinOp(value, "+", also), self.remark()),
            ExprStmt(Call(value, [also]), self.remark()),
            Raise(error, also if self.random.random() < 0.3 else None),
            Assert(value, also),
            Pass(),
        ]
        return self.random.choice(options)

    def statement(self, depth: int) -> Stmt:
        node = self.simple()
        if depth and self.random.random() < 0.4:
            node = self.compound(depth - 1)
        if not isinstance(node, Docstring | CommentLine | Blank):
            node.tag = node if self.random.random() < 0.3 else None
        return node

    def compound(self, depth: int) -> Stmt:
        value = self.expr(3)
        match self.random.randrange(6):
            case 0:
                orelse = self.random.choice([[], self.block(depth)])
                return If(value, self.block(depth), orelse)
            case 1:
                orelse = [If(self.expr(3), self.block(depth))]
                return If(value, self.block(depth), orelse)
            case 2:
                names: list[Expr] = [Name(self.name()) for _ in self.some(2, 3)]
                target = Tuple(names) if self.random.random() < 0.5 else Name("i")
                return For(target, value, self.block(depth))
            case 3:
                items: list[tuple[Expr, Expr | None]] = [
                    (Call(self.expr(2), [value]), self.random.choice([None, Name("f")]))
                    for _ in self.some(1, 1, 2, 3)
                ]
                return With(items, self.block(depth))
            case 4:
                bases = [Name(self.name()) for _ in self.some(0, 1, 3)]
                body = self.block(depth, documented=True)
                return ClassDef(self.name(), [*bases], body, self.several(2, 0, 1))
        returns = self.random.choice([None, self.annotation()])
        body = self.block(depth, documented=True)
        wrappers = self.several(2, 0, 0, 1)
        return FunctionDef(self.name(), self.params(), returns, body, wrappers)

    def params(self) -> list[Param]:
        made = [Param(f"{self.name()}_{i}") for i in self.some(0, 1, 1, 2, 4, 7)]
        for param in made:
            param.annotation = self.random.choice([None, self.annotation()])
            param.default = self.expr(1)
        if self.random.random() < 0.2:
            made += [Param("", star="*"), Param("only", Name("int"), self.expr(1))]
        if self.random.random() < 0.2:
            made.append(Param("kwargs", star="**"))
        return made

    def block(self, depth: int, documented: bool = False) -> list[Stmt]:
        body: list[Stmt] = []
        if documented and self.random.random() < 0.3:
            lines = self.random.sample(HOSTILE, 2)
            body.append(Docstring(self.random.choice(["Text.", "\n    ".join(lines)])))
        for _ in self.some(1, 2, 3):
            if self.random.random() < 0.15:
                body.append(Blank())
            if self.random.random() < 0.15:
                body.append(CommentLine(self.random.choice(HOSTILE)))
            body.append(self.statement(depth))
        return body

    def module(self) -> Module:
        docstring = self.random.choice(["", "A model.", '\nIn  "x"\n\n  Out y"'])
        header = self.random.sample(HOSTILE, len(self.some(0, 1, 2)))
        first: list[Stmt] = [Import("torch")] if self.random.random() < 0.5 else []
        return Module(docstring, header, [*first, *self.block(2)])


def is_python(text: str) -> bool:
    """Random targets and calls may be what Python's grammar cannot say."""
    try:
        ast.parse(text)
    except SyntaxError as error:
        known = ("cannot assign", "illegal target", "only single target", "argument")
        if not any(reason in str(error) for reason in known):
            raise
        return False
    return True


def printed(count: int, seed: int) -> list[tuple[Module, Printed]]:
    code = RandomCode(seed)
    modules = [code.module() for _ in range(count)]
    both = [(module, print_module(module)) for module in modules]
    return [pair for pair in both if is_python(pair[1].text)]


def ruff(command: list[str], folder: Path) -> str:
    """What ruff, with default settings, finds to change or to report."""
    line = [sys.executable, "-m", "ruff", *command, "--isolated", "-n", str(folder)]
    run = subprocess.run(line, capture_output=True, text=True, check=False)
    return run.stdout if run.returncode else ""


@pytest.fixture(scope="module")
def modules() -> list[tuple[Module, Printed]]:
    return printed(400, seed=20)


def test_ruff_format_changes_nothing_in_random_modules(
    modules: list[tuple[Module, Printed]], tmp_path: Path
) -> None:
    for number, (_, made) in enumerate(modules):
        (tmp_path / f"m{number}.py").write_text(made.text, encoding="utf-8")
    assert len(modules) > 300
    assert ruff(["format", "--diff"], tmp_path) == ""


def test_random_modules_read_back_as_their_model(
    modules: list[tuple[Module, Printed]],
) -> None:
    for module, made in modules:
        check_module(module, made.text, {"torch"})


def test_the_range_of_a_tag_is_the_one_that_python_gives_its_expression(
    modules: list[tuple[Module, Printed]],
) -> None:
    compared = 0
    for _, made in modules:
        places: dict[tuple[int, int, int | None, int | None], list[str]] = {}
        for node in ast.walk(ast.parse(made.text)):
            if isinstance(node, ast.expr):
                place = (node.lineno, node.col_offset, node.end_lineno)
                key = (*place, node.end_col_offset)
                places.setdefault(key, []).append(ast.unparse(node))
        for tag, at in made.ranges:
            if isinstance(tag, Stmt):
                continue
            assert isinstance(tag, Expr)
            key = (at.line, at.column, at.end_line, at.end_column)
            assert ast.unparse(expr_ast(tag)) in places[key]
            compared += 1
    assert compared > 5000


def test_the_range_of_a_tagged_statement_is_the_one_that_python_gives_it(
    modules: list[tuple[Module, Printed]],
) -> None:
    compared = 0
    for _, made in modules:
        places = {
            (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)
            for node in ast.walk(ast.parse(made.text))
            if isinstance(node, ast.stmt)
        }
        for tag, at in made.ranges:
            if isinstance(tag, Stmt):
                assert (at.line, at.column, at.end_line, at.end_column) in places
                compared += 1
    assert compared > 300

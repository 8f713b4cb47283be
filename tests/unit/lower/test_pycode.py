"""What each kind of node prints as, and what no text can do to a printed file."""

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specgraph.lower.literals import quoted, sanitize_comment
from specgraph.lower.printer import print_module
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
    ImportFrom,
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

X, Y, INDEX = Name("x"), Name("y"), Name("i")
LONG = Name("a" * 50)
FX = Call(Name("f"), [X])

EXPRESSIONS: list[tuple[Expr, str]] = [
    (dotted("nn.functional.relu"), "nn.functional.relu"),
    (Attr(Const(2), "real"), "(2).real"),
    (Const(None), "None"),
    (Const(True), "True"),
    (Const(-3), "-3"),
    (Const(1e-5), "1e-05"),
    (Const(-0.0), "-0.0"),
    (Const(1e16), "1e+16"),
    (Const("it's"), '"it\'s"'),
    (Const('say "hi"'), "'say \"hi\"'"),
    (
        Const("a\tb\n\\\x00é\u202e\ud800😀"),
        '"a\\tb\\n\\\\\\x00é\\u202e\\ud800\\U0001f600"',
    ),
    (Call(Name("f")), "f()"),
    (Call(Name("f"), [X, Starred(Y)], [("k", INDEX), (None, X)]), "f(x, *y, k=i, **x)"),
    (Subscript(X, Tuple([Slice(), Const(-1)])), "x[:, -1]"),
    (Subscript(X, Tuple([INDEX])), "x[i,]"),
    (Subscript(X, Tuple([Const(...), INDEX])), "x[..., i]"),
    (Subscript(X, Slice(BinOp(INDEX, "+", Const(1)))), "x[i + 1 :]"),
    (Subscript(X, Slice(Const(1), INDEX, Const(2))), "x[1:i:2]"),
    (Subscript(X, Slice(None, FX, Const(2))), "x[: f(x) : 2]"),
    (Tuple([]), "()"),
    (Tuple([X]), "(x,)"),
    (List([X, Starred(Y)]), "[x, *y]"),
    (Dict([(Const("a"), X), (None, Y)]), '{"a": x, **y}'),
    (BinOp(BinOp(X, "-", Y), "-", BinOp(X, "-", Y)), "x - y - (x - y)"),
    (BinOp(BinOp(X, "+", Y), "*", INDEX), "(x + y) * i"),
    (BinOp(X, "**", Const(2)), "x**2"),
    (BinOp(X, "**", Const(-2)), "x**-2"),
    (BinOp(Const(-2), "**", X), "(-2) ** x"),
    (BinOp(X, "**", FX), "x ** f(x)"),
    (BinOp(BinOp(X, "**", Y), "**", INDEX), "(x**y) ** i"),
    (UnaryOp("-", BinOp(X, "**", Const(2))), "-(x**2)"),
    (UnaryOp("not", BoolOp("or", [X, Y])), "not (x or y)"),
    (UnaryOp("-", BinOp(X, "@", Y)), "-(x @ y)"),
    (Compare(X, "not in", Compare(X, "<", Y)), "x not in (x < y)"),
    (BoolOp("and", [X, BoolOp("or", [X, Y]), INDEX]), "x and (x or y) and i"),
    (IfExp(X, Y, IfExp(X, Y, INDEX)), "y if x else y if x else i"),
    (IfExp(X, IfExp(X, Y, INDEX), INDEX), "(y if x else i) if x else i"),
    (Comprehension(X, Tuple([INDEX, Y]), X, [INDEX]), "[x for i, y in x if i]"),
    (Call(Name("f"), [Comprehension(X, INDEX, Y, [], True)]), "f(x for i in y)"),
    (Comprehension(X, INDEX, Y, [], True), "(x for i in y)"),
    (FString(["a{", INDEX, '"é\n']), "f'a{{{i}\"é\\n'"),
    (Tagged(BinOp(X, "+", Y), 1), "x + y"),
    (BinOp(Tagged(BinOp(X, "+", Y), 1), "*", INDEX), "(x + y) * i"),
]

STATEMENTS: list[tuple[Stmt, str]] = [
    (Assign([X, Y], INDEX), "x = y = i"),
    (Assign([Tuple([X, Y])], Tuple([Y, X])), "x, y = y, x"),
    (Assign([X], Tuple([Y, X])), "x = (y, x)"),
    (Assign([X], Y, "[B, 3]"), "x = y  # [B, 3]"),
    (Assign([X], Y, "b" * 80), "x = y"),
    (AnnAssign(X, Name("int"), Const(0)), "x: int = 0"),
    (AugAssign(X, "//", Y), "x //= y"),
    (ExprStmt(FX), "f(x)"),
    (Return(), "return"),
    (Return(Tuple([X, Y])), "return x, y"),
    (Raise(FX, Y), "raise f(x) from y"),
    (Assert(X, Const("why")), 'assert x, "why"'),
    (Pass(), "pass"),
    (Import("numpy", "np"), "import numpy as np"),
    (
        ImportFrom("torch.nn", [("functional", "F")]),
        "from torch.nn import functional as F",
    ),
    (
        If(X, [Pass()], [If(Y, [Pass()], [Pass()])]),
        "if x:\n    pass\nelif y:\n    pass\nelse:\n    pass",
    ),
    (For(Tuple([X, Y]), FX, [Pass()]), "for x, y in f(x):\n    pass"),
    (With([(FX, Y), (FX, None)], [Pass()]), "with f(x) as y, f(x):\n    pass"),
    (
        FunctionDef(
            "f",
            [
                Param("x"),
                Param("y", None, Const(1)),
                Param("", star="*"),
                Param("k", Name("int"), Const(2)),
                Param("rest", star="**"),
            ],
            Name("Tensor"),
            [Docstring("Text."), Pass()],
            [dotted("torch.jit")],
        ),
        "@torch.jit\ndef f(x, y=1, *, k: int = 2, **rest) -> Tensor:\n"
        '    """Text."""\n    pass',
    ),
    (
        ClassDef("C", [X], [Docstring("A\nb"), FunctionDef("f", [], None, [Pass()])]),
        'class C(x):\n    """A\n    b\n    """\n\n    def f():\n        pass',
    ),
]

LAYOUTS: list[tuple[Stmt, str]] = [
    (
        Assign([X], Call(dotted("layers.Conv2D"), [LONG, Name("b" * 30)]), "[B, 3]"),
        f"x = layers.Conv2D(\n    {LONG.id}, {'b' * 30}\n)  # [B, 3]",
    ),
    (
        Assign([X], Call(Call(Name("f"), [LONG], [("k", LONG), ("j", INDEX)]), [X])),
        f"x = f(\n    {LONG.id},\n    k={LONG.id},\n    j=i,\n)(x)",
    ),
    (Assign([LONG], LONG), f"{LONG.id} = (\n    {LONG.id}\n)"),
    (Return(BinOp(LONG, "+", LONG)), f"return (\n    {LONG.id}\n    + {LONG.id}\n)"),
    (
        If(BoolOp("and", [LONG, LONG]), [Pass()]),
        f"if (\n    {LONG.id}\n    and {LONG.id}\n):\n    pass",
    ),
    (
        Assign([X], Call(Attr(Call(Attr(LONG, "view"), [X]), "mean"), [LONG])),
        f"x = {LONG.id}.view(x).mean(\n    {LONG.id}\n)",
    ),
    (
        FunctionDef("f", [Param(LONG.id), Param("y" * 30)], None, [Pass()]),
        f"def f(\n    {LONG.id}, {'y' * 30}\n):\n    pass",
    ),
    (
        For(Tuple([X, Y]), Call(Name("zip"), [LONG, Name("b" * 30)]), [Pass()]),
        f"for x, y in zip(\n    {LONG.id}, {'b' * 30}\n):\n    pass",
    ),
]


def printed(*body: Stmt) -> str:
    return print_module(Module("", [], list(body))).text


@pytest.mark.parametrize(("node", "text"), EXPRESSIONS, ids=lambda case: str(case)[:40])
def test_an_expression_prints_as(node: Expr, text: str) -> None:
    assert printed(ExprStmt(node)) == text + "\n"


@pytest.mark.parametrize(
    ("node", "text"), STATEMENTS + LAYOUTS, ids=lambda case: str(case)[:40]
)
def test_a_statement_prints_as(node: Stmt, text: str) -> None:
    assert printed(node) == text + "\n"


@pytest.mark.parametrize("name", ["", "a b", "class", "é", "__debug__", "x\n", "a.b"])
def test_what_is_no_identifier_is_refused(name: str) -> None:
    for node in (Name(name), Attr(X, name), Call(X, [], [(name, Y)])):
        with pytest.raises(ValueError, match="not an identifier"):
            printed(ExprStmt(node))
    for statement in (
        FunctionDef(name, [], None, [Pass()]),
        FunctionDef("f", [Param(name)], None, [Pass()]),
        ClassDef(name, [], [Pass()]),
        Import(name + "."),
        ImportFrom("torch", [name]),
    ):
        with pytest.raises(ValueError, match="not an identifier"):
            printed(statement)


@pytest.mark.parametrize(
    "node",
    [
        Const(float("inf")),
        Const(float("nan")),
        BinOp(X, "+ eval(", Y),
        UnaryOp("await", X),
        Compare(X, "=", Y),
        BoolOp("xor", [X, Y]),
        BoolOp("and", [X]),
        FString([Const("x")]),
    ],
)
def test_what_is_no_expression_is_refused(node: Expr) -> None:
    with pytest.raises(ValueError, match=r"no literal|no operator|joins|f-string"):
        printed(ExprStmt(node))


def test_a_block_must_end_in_a_statement() -> None:
    bodies: list[list[Stmt]] = [[CommentLine("x")], [Blank()], []]
    for body in bodies:
        with pytest.raises(ValueError, match="end in a statement"):
            printed(If(X, body))


def test_statements_out_of_place_are_refused() -> None:
    with pytest.raises(ValueError, match="comes first"):
        printed(FunctionDef("f", [], None, [Pass(), Docstring("late")]))
    with pytest.raises(ValueError, match="Pass is"):
        printed(FunctionDef("f", [], None, [ExprStmt(Const(...))]))


def test_empty_lines_follow_the_kinds_of_the_neighbours() -> None:
    function = FunctionDef("f", [], None, [Pass()])
    nested = If(X, [function, Assign([X], Y)])
    body: list[Stmt] = [Import("keras"), Assign([X], Y), Blank(), Assign([Y], X)]
    module = Module(
        "Text.", ["h"], [*body, CommentLine("c"), function, Assign([X], Y), nested]
    )
    assert print_module(module).text == (
        '"""Text."""\n# h\n\nimport keras\n\nx = y\n\ny = x\n\n\n# c\ndef f():\n    pass\n'
        "\n\nx = y\nif x:\n\n    def f():\n        pass\n\n    x = y\n"
    )


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text(), min_size=6, max_size=6))
def test_no_text_changes_what_python_reads(texts: list[str]) -> None:
    check(texts)


HOSTILE = [
    '"""\nimport os\n"""',
    "\\",
    'ends in a quote"',
    '"starts with one',
    "\r import os \x85 \u2028 \u2029 \x0b \x0c \x00",
    "\u202e\u2066 rtl \u200b\ufeff\ud800",
    "# coding: utf-7",
    "{x} {{",
    "\n\n  indented\n\n    more\n\n",
    "\\N{BULLET} \\x41 '''",
    " coding=rot13",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_hostile_text_changes_what_python_reads(text: str) -> None:
    check([text] * 6)


def check(texts: list[str]) -> None:
    """Python reads a module with these texts in every place for text as its model."""
    doc, header, literal, remark, line, inner = texts
    function = FunctionDef(
        "f", [], None, [Docstring(inner), CommentLine(line), Return(FString([literal]))]
    )
    assign = Assign([X], Call(Name("f"), [Const(literal), LONG]), remark)
    module = Module(doc, [header], [CommentLine(line), assign, function])
    text = print_module(module).text
    check_module(module, text, ())
    assert ast.dump(ast.parse(text.encode())) == ast.dump(ast.parse(text))
    assert set("\r\0\x0b\x0c\x85\u2028\u2029\u202e\u2066").isdisjoint(text)


@given(st.text())
def test_a_sanitized_comment_is_one_line_and_stays_as_it_is(text: str) -> None:
    once = sanitize_comment(text)
    assert sanitize_comment(once) == once
    assert len(once.splitlines()) <= 1


@given(st.text())
def test_a_string_literal_is_one_printable_line(text: str) -> None:
    source = quoted(text)
    assert ast.literal_eval(source) == text
    assert source.isprintable()


def test_a_tag_covers_its_expression_in_bytes_without_parentheses() -> None:
    value = Call(Name("g"), [Const("é")])
    tagged = BinOp(Tagged(BinOp(value, "+", X), "sum"), "*", Tagged(value, "call"))
    made = print_module(Module("", [], [Assign([Y], tagged, tag="line")]))
    assert made.text == 'y = (g("é") + x) * g("é")\n'
    places = {tag: (at.column, at.end_column) for tag, at in made.ranges}
    assert places == {"sum": (5, 16), "call": (20, 27), "line": (0, 27)}

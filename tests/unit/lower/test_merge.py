"""One code for several instances: formulas that hold for all, arguments for the rest."""

from __future__ import annotations

import pytest

from specgraph.lower.code import call, method
from specgraph.lower.merge import Merge, NotUniform, either, ended
from specgraph.lower.pycode import (
    Assign,
    Attr,
    BinOp,
    Const,
    Expr,
    If,
    IfExp,
    Name,
    Return,
    Stmt,
)
from specgraph.traced import Named, Operation, traced

X = Name("x")


def size(value: int, name: str = "a") -> Const:
    return Const(traced(value, Named(name)))


def merge(*environments: dict[str, object]) -> Merge:
    return Merge(environments)


def code(one: Merge, nodes: list[Expr], what: str = "value") -> Expr:
    return one.code(nodes, what)


def test_a_formula_that_gives_every_number_is_printed() -> None:
    four: list[Expr] = [
        Const(traced(4 * a, Operation("*", (4, Named("a"))))) for a in (2, 3)
    ]
    found = code(merge({"a": 2}, {"a": 3}), four)
    assert found == BinOp(Const(4), "*", Name("a"))


def test_a_formula_of_one_instance_serves_those_that_agree_with_it() -> None:
    one = merge({"a": 2}, {"a": 3})
    assert code(one, [size(2), Const(3)]) == Name("a")


def test_a_formula_that_is_wrong_somewhere_is_not_printed() -> None:
    one = merge({"a": 2}, {"a": 3})
    assert code(one, [size(2), Const(5)], "dense_units") == Name("dense_units")
    assert one.holes == {"dense_units": (2, 5)}


def test_equal_numbers_without_a_formula_stay_literal() -> None:
    one = merge({"a": 7}, {"a": 3})
    assert code(one, [Const(7), Const(7)]) == Const(7)
    assert not one.holes


def test_a_parameter_that_has_the_words_of_all_is_named() -> None:
    one = merge({"act": "relu"}, {"act": "tanh"})
    assert code(one, [Const("relu"), Const("tanh")]) == Name("act")
    with pytest.raises(NotUniform):
        code(merge({}, {}), [Const("relu"), Const("tanh")])


def test_true_is_not_one() -> None:
    one = merge({"a": 1}, {"a": 0})
    assert code(one, [Const(True), Const(False)], "flag") == Name("flag")


def test_an_argument_left_out_is_its_default() -> None:
    with_stride = call("nn.Conv2d", 3, stride=size(2, "stride"))
    found = merge({"stride": 2}, {"stride": 1}).code(
        [with_stride, call("nn.Conv2d", 3)]
    )
    assert found == call("nn.Conv2d", 3, stride=Name("stride"))


def test_other_code_is_not_merged() -> None:
    for one, other in (
        (call("f", X), call("g", X)),
        (call("f", X), call("f", X, 2)),
        (call("f", x=1), call("f")),
        (X, Const(1)),
        (method(X, "a"), Attr(X, "a")),
    ):
        with pytest.raises(NotUniform):
            code(merge({}, {}), [one, other])


def test_equal_arguments_are_one() -> None:
    one = merge({}, {})
    first = code(one, [Const(2), Const(3)], "units")
    assert code(one, [Const(2), Const(3)], "units") == first
    assert code(one, [Const(2), Const(4)], "units") == Name("units_2")


def assign(name: str, value: Expr) -> Assign:
    return Assign([Name(name)], value)


def test_a_layer_that_is_not_always_there_stands_after_what_stands_without_it() -> None:
    there: list[Stmt] = [assign("y", call("f", X))]
    without: list[Stmt] = [assign("y", X)]
    assert either(Name("c"), there, without) == [*without, If(Name("c"), there)]


def test_what_the_layer_reads_is_not_overwritten_before_it() -> None:
    there: list[Stmt] = [assign("x", BinOp(X, "+", Name("y")))]
    without: list[Stmt] = [assign("x", Name("y"))]
    (found,) = either(Name("c"), there, without)
    choice = IfExp(Name("c"), BinOp(X, "+", Name("y")), Name("y"))
    assert found == assign("x", choice)


def test_what_is_named_last_is_given_back_at_once() -> None:
    assert ended([assign("x", call("f")), Return(X)]) == [Return(call("f"))]
    kept: list[Stmt] = [assign("y", call("f")), Return(X)]
    assert ended(kept) == kept

"""One code for several instances: formulas that hold for all, arguments for the rest."""

from __future__ import annotations

import pytest

from specgraph.lower.choices import either, ended
from specgraph.lower.code import call, method
from specgraph.lower.merge import Merge, NotUniform
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
    Subscript,
    Tuple,
)
from specgraph.traced import Named, Operation, placed, traced

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


def sizes(*values: object, name: str = "a") -> Tuple:
    found = placed(values, Named(name))
    assert isinstance(found, tuple)
    return Tuple([Const(value) for value in found])


def test_a_list_that_a_parameter_is_has_its_name() -> None:
    one = merge({"a": (1, 7)}, {"a": (3, 3)})
    assert code(one, [sizes(1, 7), sizes(3, 3)]) == Name("a")
    assert list(one.used) == ["a"]


def test_one_number_for_all_axes_goes_by_the_name_of_the_list() -> None:
    one = merge({"a": 3}, {"a": (1, 7)}, {"a": 0})
    assert code(one, [size(3), sizes(1, 7), Const(0)]) == Name("a")


def test_a_list_that_no_parameter_is_becomes_one_argument() -> None:
    one = merge({"a": (1, 7)}, {"a": (3, 3)})
    nodes: list[Expr] = [Tuple([Const(1), Const(2)]), Tuple([Const(3), Const(4)])]
    assert code(one, nodes, "window") == Name("window")
    assert one.holes == {"window": ((1, 2), (3, 4))}


def test_lists_that_only_happen_to_equal_a_parameter_stay_as_they_are() -> None:
    one = merge({"a": (1, 7)}, {"a": (1, 7)})
    node = Tuple([Const(1), Const(7)])
    assert code(one, [node, node]) == node


def test_a_list_of_true_is_none_of_one() -> None:
    one = merge({"a": (1, 1)}, {"a": (0, 1)})
    nodes: list[Expr] = [Tuple([Const(True)] * 2), Tuple([Const(False), Const(True)])]
    assert code(one, nodes, "flags") == Tuple([Name("flags"), Const(True)])


def test_a_number_of_a_list_is_printed_as_its_place() -> None:
    one = merge({"a": (2, 5)}, {"a": (3, 9)})
    nodes = [sizes(2, 5).items[1], sizes(3, 9).items[1]]
    assert code(one, nodes) == Subscript(Name("a"), Const(1))

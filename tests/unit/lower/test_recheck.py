"""A printed file that is not its model, or does more than the plan, is refused."""

import pytest

from specgraph.lower.printer import print_module
from specgraph.lower.pycode import (
    Assign,
    Call,
    Const,
    ExprStmt,
    ImportFrom,
    Module,
    Name,
)
from specgraph.lower.recheck import RecheckError, check_module

X = Name("x")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("x = 2\n", r"line 1 reads 2, its model says 1"),
        ("x = 1.0\n", r"line 1 reads"),
        ("x = 1\nimport os\n", r"line 2 is not in the model"),
        ("", r"lacks statements"),
        ("x = (\n", r"is not Python"),
    ],
)
def test_a_file_that_is_not_its_model_is_refused(text: str, reason: str) -> None:
    with pytest.raises(RecheckError, match=reason):
        check_module(Module("", [], [Assign([X], Const(1))]), text, ())


def test_imports_and_calls_outside_the_plan_are_refused() -> None:
    module = Module("", [], [ImportFrom("torch.nn", ["Linear"])])
    text = print_module(module).text
    check_module(module, text, {"torch"})
    with pytest.raises(RecheckError, match=r"imports torch\.nn; the plan allows keras"):
        check_module(module, text, {"keras"})
    module = Module("", [], [ExprStmt(Call(Name("eval"), [X]))])
    with pytest.raises(RecheckError, match="calls the builtin eval"):
        check_module(module, print_module(module).text, ())

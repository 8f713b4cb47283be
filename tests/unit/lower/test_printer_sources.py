"""Emitted styles: files written by hand, read into the model, print as they were."""

import ast
import subprocess
import sys
from pathlib import Path
from types import EllipsisType

import pytest

from specgraph.lower.printer import print_module
from specgraph.lower.pycode import (
    Assign,
    Attr,
    AugAssign,
    BinOp,
    BoolOp,
    Call,
    ClassDef,
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
    Return,
    Slice,
    Starred,
    Stmt,
    Subscript,
    Tuple,
    UnaryOp,
    With,
)

BINARY = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}
BINARY |= {ast.FloorDiv: "//", ast.Mod: "%", ast.MatMult: "@", ast.BitOr: "|"}
UNARY = {ast.Not: "not", ast.USub: "-", ast.UAdd: "+", ast.Invert: "~"}
COMPARE = {ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.Gt: ">", ast.Is: "is"}
COMPARE |= {ast.IsNot: "is not", ast.In: "in", ast.GtE: ">=", ast.LtE: "<="}


def expr(node: ast.expr) -> Expr:
    match node:
        case ast.Name(id=name):
            return Name(name)
        case ast.Attribute(value=value, attr=attr):
            return Attr(expr(value), attr)
        case ast.Constant(
            value=None | bool() | int() | float() | str() | EllipsisType() as value
        ):
            return Const(value)
        case ast.Call(func=func, args=args, keywords=keywords):
            named = [(k.arg, expr(k.value)) for k in keywords]
            return Call(expr(func), several(args), named)
        case ast.Subscript(value=value, slice=index):
            return Subscript(expr(value), expr(index))
        case ast.Slice(lower=lower, upper=upper, step=step):
            return Slice(maybe(lower), maybe(upper), maybe(step))
        case ast.Tuple(elts=items):
            return Tuple(several(items))
        case ast.List(elts=items):
            return List(several(items))
        case ast.Dict(keys=keys, values=values):
            pairs = zip(keys, values, strict=True)
            return Dict([(maybe(key), expr(value)) for key, value in pairs])
        case ast.BinOp(left=left, op=op, right=right):
            return BinOp(expr(left), BINARY[type(op)], expr(right))
        case ast.UnaryOp(op=op, operand=operand):
            return UnaryOp(UNARY[type(op)], expr(operand))
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return Compare(expr(left), COMPARE[type(op)], expr(right))
        case ast.BoolOp(op=op, values=values):
            joiner = "and" if isinstance(op, ast.And) else "or"
            return BoolOp(joiner, several(values))
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return IfExp(expr(test), expr(body), expr(orelse))
        case ast.Starred(value=value):
            return Starred(expr(value))
        case (
            ast.ListComp(elt=element, generators=[clause])
            | ast.GeneratorExp(elt=element, generators=[clause])
        ):
            target, source = expr(clause.target), expr(clause.iter)
            generator = isinstance(node, ast.GeneratorExp)
            conditions = several(clause.ifs)
            return Comprehension(expr(element), target, source, conditions, generator)
        case ast.JoinedStr(values=values):
            return FString([part(value) for value in values])
    raise TypeError(ast.dump(node))


def part(node: ast.expr) -> str | Expr:
    if isinstance(node, ast.Constant):
        return str(node.value)
    assert isinstance(node, ast.FormattedValue)
    return expr(node.value)


def maybe(node: ast.expr | None) -> Expr | None:
    return None if node is None else expr(node)


def several(nodes: list[ast.expr]) -> list[Expr]:
    return [expr(node) for node in nodes]


def params(arguments: ast.arguments) -> list[Param]:
    bare = len(arguments.args) - len(arguments.defaults)
    defaults = [None] * bare + several(arguments.defaults)
    made = [
        Param(arg.arg, maybe(arg.annotation), default)
        for arg, default in zip(arguments.args, defaults, strict=True)
    ]
    if arguments.kwonlyargs:
        made.append(Param("", star="*"))
    for arg, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        made.append(Param(arg.arg, maybe(arg.annotation), maybe(value)))
    if arguments.kwarg:
        made.append(Param(arguments.kwarg.arg, star="**"))
    return made


def block(body: list[ast.stmt]) -> list[Stmt]:
    return [statement(node) for node in body]


def statement(node: ast.stmt) -> Stmt:
    match node:
        case ast.Expr(value=ast.Constant(value=str() as text)):
            return Docstring(text)
        case ast.Expr(value=value):
            return ExprStmt(expr(value))
        case ast.Assign(targets=targets, value=value):
            return Assign(several(targets), expr(value))
        case ast.AugAssign(target=target, op=op, value=value):
            return AugAssign(expr(target), BINARY[type(op)], expr(value))
        case ast.Return(value=result):
            return Return(maybe(result))
        case ast.Pass():
            return Pass()
        case ast.If(test=test, body=body, orelse=orelse):
            return If(expr(test), block(body), block(orelse))
        case ast.For(target=target, iter=source, body=body):
            return For(expr(target), expr(source), block(body))
        case ast.With(items=items, body=body):
            pairs = [(expr(i.context_expr), maybe(i.optional_vars)) for i in items]
            return With(pairs, block(body))
        case ast.FunctionDef(name=name, args=args, returns=returns, body=body):
            wrappers = several(node.decorator_list)
            return FunctionDef(
                name, params(args), maybe(returns), block(body), wrappers
            )
        case ast.ClassDef(name=name, bases=bases, body=body):
            wrappers = several(node.decorator_list)
            return ClassDef(name, several(bases), block(body), wrappers)
        case ast.Import(names=[alias]):
            return Import(alias.name, alias.asname or "")
        case ast.ImportFrom(module=str() as module, names=names):
            pairs_or_names = [(a.name, a.asname) if a.asname else a.name for a in names]
            return ImportFrom(module, pairs_or_names)
    raise TypeError(ast.dump(node))


TORCH = '''\
"""A residual network with attention over its last features.

Input   image: float32 [B, 3, 64, 64]
Output  scores: float32 [B, 10]
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

LIMIT = 1e-05
SHAPES = {"image": (3, 64, 64), "scores": (10,)}


class Attention(nn.Module):
    """Heads of scaled dot-product attention over positions, with a learned scale."""

    def __init__(self, width: int, heads: int = 8, dropout: float = 0.1) -> None:
        super().__init__()
        if width % heads != 0 or dropout < 0.0:
            raise_error = ValueError(
                f"{width} channels do not split into {heads} heads"
            )
            self.register_buffer("reason", raise_error)
        elif heads == 1:
            self.single = nn.Identity()
        else:
            self.projections = nn.ModuleList(
                nn.Linear(width, width, bias=False) for _ in range(3)
            )
        self.scale = nn.Parameter(torch.full((heads, 1, 1), math.log(10.0)))
        self.position_bias = nn.Embedding(
            (2 * width - 1) * (2 * width - 1), heads, padding_idx=None, max_norm=LIMIT
        )
        self.dropout_probability, self.number_of_heads = dropout, heads

    def forward(
        self, x: Tensor, mask: Tensor | None = None, *, training: bool = False
    ) -> tuple[Tensor, Tensor]:
        batch, length = x.shape[0], x.shape[-1]
        query, key, value = (projection(x) for projection in self.projections)
        scores = query.flatten(2).transpose(1, 2) @ key.flatten(2) / math.sqrt(length)
        if mask is not None:
            scores = scores.masked_fill(
                mask[:, None, None, :] == 0, torch.finfo(scores.dtype).min
            )
        weights = F.dropout(
            F.softmax(scores * self.scale.exp().clamp(max=100.0), dim=-1),
            p=self.dropout_probability,
            training=training,
        )
        output = (
            (weights @ value.flatten(2).transpose(1, 2))
            .transpose(1, 2)
            .reshape(batch, -1, length)
        )
        return output + x[..., : output.shape[-1]], weights


class Network(nn.Module):
    @staticmethod
    def block(
        in_channels: int,
        out_channels: int,
        kernel_size: int = 3,
        stride: int = 1,
        activation: str = "relu",
    ) -> nn.Sequential:
        return nn.Sequential(
            nn.Conv2d(in_channels, out_channels, kernel_size, stride, kernel_size // 2),
            nn.BatchNorm2d(out_channels),
            nn.GELU(approximate="tanh") if activation == "gelu_tanh" else nn.ReLU(),
        )

    def forward(self, first_input_of_network: Tensor, second_input_of_network: Tensor):
        x = (
            self.first_embedding(first_input_of_network)
            + self.second_embedding(second_input_of_network)
            - self.bias**2
        )
        for layer, (depth, width), name in zip(
            self.layers, ((1, 64), (2, 128), (3, 256)), ("first", "second", "third")
        ):
            x = layer(x[:, :depth], -width, name)
            self.statistics[f"{name}_{depth}"] = x.detach().mean(dim=(0, 2, 3))[1:-1:2]
        return {
            "scores": self.classifier(x.mean(dim=(2, 3))),
            "features": x,
            **self.more,
        }


@torch.no_grad()
def initialize(module: nn.Module) -> None:
    with torch.random.fork_rng(), torch.device("cpu") as device:
        for parameter in module.parameters():
            parameter *= 0.5
    if (
        isinstance(module, nn.Linear | nn.Conv2d | nn.Embedding)
        and module.weight.requires_grad
        and not module.weight.is_meta
    ):
        nn.init.trunc_normal_(module.weight, std=0.02, a=-2.0, b=2.0, generator=device)
'''

KERAS = '''\
"""A small encoder."""

import keras
from keras import layers, ops

NORMAL = keras.initializers.RandomNormal(stddev=0.02)


@keras.saving.register_keras_serializable("encoder")
class Scale(layers.Layer):
    def __init__(self, length, width, **kwargs):
        super().__init__(**kwargs)
        self.length, self.width = length, width

    def build(self, input_shape):
        self.scale = self.add_weight(
            name="scale", shape=(self.length, self.width), initializer=NORMAL
        )

    def call(self, inputs):
        return inputs * self.scale[: ops.shape(inputs)[1]]

    def get_config(self):
        return {**super().get_config(), "length": self.length, "width": self.width}


def block(x, width, dropout=0.1, name="block"):
    y = layers.Dense(
        4 * width,
        activation="gelu",
        kernel_initializer=NORMAL,
        bias_regularizer=keras.regularizers.L2(1e-05),
        name=f"{name}_expand",
    )(x)
    y = layers.Dense(width, kernel_initializer=NORMAL, name=f"{name}_contract")(y)
    y = layers.Dropout(dropout, name=f"{name}_dropout")(y)
    x = layers.Add(name=f"{name}_add")([x, y])
    x = layers.Embedding(
        width, 2, embeddings_initializer=NORMAL, name=f"{name}_embedding"
    )(x)
    x = layers.Concatenate(axis=-1, name=f"{name}_concatenate")(
        [x, layers.Permute((2, 1), name=f"{name}_permute")(y), layers.Flatten()(x)]
    )
    return layers.LayerNormalization(epsilon=1e-12, name=f"{name}_layer_norm")(x)


def encoder(vocabulary=30522, width=256, depth=4):
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    x = layers.Embedding(vocabulary, width, name="embedding")(tokens)
    for i in range(depth):
        x = block(x, width, name=f"block_{i}")
    return keras.Model(
        {"tokens": tokens},
        {"hidden": x, "pooled": x[:, 0], "last": x[:, -1, 1::2]},
        name="encoder",
    )
'''


@pytest.mark.parametrize("source", [TORCH, KERAS], ids=["torch", "keras"])
def test_a_file_written_by_hand_prints_as_it_was(source: str) -> None:
    docstring, *body = block(ast.parse(source).body)
    assert isinstance(docstring, Docstring)
    made = print_module(Module(docstring.text, [], body)).text
    # The empty lines that the layout does not ask for are not in the tree.
    assert [line for line in made.splitlines() if line] == [
        line for line in source.splitlines() if line
    ]


def test_ruff_agrees_that_the_files_are_formatted(tmp_path: Path) -> None:
    for name, source in (("torch", TORCH), ("keras", KERAS)):
        (tmp_path / f"{name}_model.py").write_text(source)
    line = [sys.executable, "-m", "ruff", "format", "--isolated", "--diff"]
    run = subprocess.run([*line, str(tmp_path)], capture_output=True, check=False)
    assert run.stdout == b""

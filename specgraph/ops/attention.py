"""Attention: values weighed by how well their keys fit a query."""

from __future__ import annotations

from typing import ClassVar

from specgraph.ops.base import (
    INPUT,
    MASK,
    Bound,
    Fraction,
    Op,
    Port,
    Sample,
    SampleInput,
    ShapeError,
    TensorType,
    register_op,
)
from specgraph.ops.dims import Dim
from specgraph.ops.proofs import proves_equal


def check_mask(
    label: str, inputs: Bound[TensorType], sizes: tuple[Dim, Dim, Dim]
) -> None:
    """Raises ShapeError for a mask that is no [key], [query, key] or all `sizes`."""
    mask = inputs.maybe("mask")
    if mask is None:
        return
    rank = len(mask.shape)
    if not 0 < rank < 4 or not all(
        proves_equal(size, wanted, inputs.sizes)
        for size, wanted in zip(mask.shape, sizes[3 - rank :], strict=True)
    ):
        heads, query, key = sizes
        raise ShapeError(
            f"{label}: mask must be [{key}] (keys), [{query}, {key}] (of each query) "
            f"or [{heads}, {query}, {key}] (of each head), got {mask}"
        )


def given(port: str, *shape: int | str) -> SampleInput:
    """Features as a norm leaves them: far from 0 scores are 0 or 1, and do not change."""
    return SampleInput(shape, layout="none", port=port, range=(-2.0, 2.0))


_HEADS = given("query", 2, "time", 4)


@register_op
class ScaledDotProductAttention(Op):
    """softmax(scale q k') v over the last two axes of [heads, time, features].

    A query sees the keys that the mask and `causal` leave; one that sees none gives
    zeros.  Left out, `value` is `key`, and `key` is `query`.  Vaswani et al., 2017.
    """

    label: ClassVar[str] = "scaled_dot_product_attention"
    random: ClassVar[bool] = True
    ports: ClassVar[tuple[Port, ...]] = (
        Port("query"),
        Port("key", least=0),
        Port("value", least=0),
        MASK,
    )
    spellings = {"is_causal": "causal", "dropout_p": "dropout", "attn_mask": "mask"}

    causal: bool = False
    """Whether query i sees keys 0 to i alone."""
    scale: float | None = None
    """What the products are multiplied by; left out, 1 / sqrt(features)."""
    dropout: Fraction = 0.0
    """The fraction of scores that is dropped in training."""

    samples = (
        Sample("any length", None, (_HEADS,)),
        Sample(
            "mask of keys, causal",
            {"causal": True},
            (_HEADS, SampleInput(("time",), "bool", port="mask")),
            "torch",
        ),
        Sample(
            "of other keys and values, mask of queries, dropout",
            {"dropout": 0.25, "scale": 0.7},
            (
                given("query", 3, 5, 4),
                given("key", 3, 7, 4),
                given("value", 3, 7, 6),
                SampleInput((5, 7), "bool", port="mask"),
            ),
        ),
        Sample(
            "mask of heads",
            None,
            (
                _HEADS,
                given("key", 2, 5, 4),
                SampleInput((2, "time", 5), "bool", "none", "mask"),
            ),
        ),
        Sample("causal", {"causal": True, "scale": 2}, (_HEADS,), "torch"),
        Sample("causal, the least first", {"causal": True, "scale": -0.3}, (_HEADS,)),
        Sample(
            "any number of heads",
            {"dropout": 0.25},
            (given("query", "heads", 5, 4), given("key", "heads", 3, 4)),
        ),
    )

    @staticmethod
    def operands(
        inputs: Bound[TensorType],
    ) -> tuple[TensorType, TensorType, TensorType]:
        """The types of query, key and value."""
        query = inputs.one("query")
        key = inputs.maybe("key") or query
        return query, key, inputs.maybe("value") or key

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """[heads, query, features of the values], without layout."""
        query, key, value = self.operands(inputs)
        for kind in (query, key, value):
            if len(kind.shape) != 3:
                raise ShapeError(
                    f"{self.label} needs [heads, time, features] (3 written "
                    f"dimensions), got {kind}"
                )
        fits = (
            (query.shape[0], key.shape[0]),
            (query.shape[0], value.shape[0]),
            (query.shape[2], key.shape[2]),
            (key.shape[1], value.shape[1]),
        )
        if not all(proves_equal(a, b, inputs.sizes) for a, b in fits):
            raise ShapeError(
                f"{self.label} needs query [heads, queries, features], key [heads, "
                f"keys, features] and value [heads, keys, any], got {query}, {key} "
                f"and {value}"
            )
        self.fixed(query.shape[2], "features")
        check_mask(self.label, inputs, (query.shape[0], query.shape[1], key.shape[1]))
        shape = (*query.shape[:2], value.shape[2])
        return {"output": TensorType(shape, query.dtype)}

    def drawn(self, inputs: Bound[tuple[int, ...]]) -> tuple[int, ...]:
        """The scores' shape."""
        query = inputs.one("query")
        key = inputs.maybe("key") or query
        return *query[:3], key[2]

    def multiply_adds(self, inputs: Bound[TensorType]) -> Dim:
        """For each head, query and key the sizes of both products."""
        query, key, value = self.operands(inputs)
        pairs = query.shape[0] * query.shape[1] * key.shape[1]
        return pairs * (query.shape[2] + value.shape[2])


_SCORES = given("input", 2, "queries", "keys")


@register_op
class MaskedSoftmax(Op):
    """softmax of scores [heads, query, key] over the keys that a query sees.

    They are those that the mask and `causal` leave; a query that sees none gives zeros.
    For attention whose scores something is added to, such as `relative_position_bias`.
    """

    label: ClassVar[str] = "masked_softmax"
    ports: ClassVar[tuple[Port, ...]] = (INPUT, MASK)
    spellings = {
        "is_causal": "causal",
        "use_causal_mask": "causal",
        "attention_mask": "mask",
        "attn_mask": "mask",
    }

    causal: bool = False
    """Whether query i sees keys 0 to i alone."""

    samples = (
        Sample("all keys", None, (_SCORES,)),
        Sample("causal, any length", {"causal": True}, (_SCORES,), "torch"),
        Sample("causal, more keys", {"causal": True}, (given("input", 2, 3, 5),)),
        Sample(
            "mask of keys, causal, any number of heads",
            {"causal": True},
            (
                given("input", "heads", "queries", "keys"),
                SampleInput(("keys",), "bool", port="mask"),
            ),
        ),
        Sample(
            "mask of queries",
            None,
            (given("input", 3, 5, 7), SampleInput((5, 7), "bool", port="mask")),
            "torch",
        ),
        Sample(
            "mask of heads",
            None,
            (_SCORES, SampleInput((2, "queries", "keys"), "bool", "none", "mask")),
        ),
    )

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The input's type."""
        kind = inputs.one("input")
        if len(kind.shape) != 3:
            raise ShapeError(
                f"{self.label} needs scores [heads, query, key] (3 written "
                f"dimensions), got {kind}"
            )
        heads, query, key = kind.shape
        check_mask(self.label, inputs, (heads, query, key))
        return {"output": kind}

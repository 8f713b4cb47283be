"""Attention by several heads, with projections around it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import prod
from typing import Annotated, ClassVar, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
)

from specgraph.definition import by_semantics, semantics_of, show
from specgraph.ops.attention import check_mask, given
from specgraph.ops.base import (
    MASK,
    Bound,
    Count,
    Fraction,
    Op,
    Param,
    Port,
    Sample,
    SampleInput,
    ShapeError,
    TensorType,
    default,
    register_op,
)
from specgraph.ops.dims import Dim
from specgraph.ops.proofs import proves_equal
from specgraph.training.constraints import ConstraintField
from specgraph.training.initializers import (
    INITIALIZERS,
    FanInUniform,
    FanScaled,
    GlorotUniform,
    Initializer,
    InitializerField,
    VarianceScaling,
)
from specgraph.training.regularizers import RegularizerField

PROJECTIONS = ("query", "key", "value", "output")
_JOINT = VarianceScaling(scale=0.5, mode="fan_avg", distribution="uniform")
"""Glorot's uniform of the kernels of query, key and value as of one."""


class Biases(BaseModel):
    """Which projections of an attention have a bias."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    query: bool = True
    key: bool = True
    value: bool = True
    output: bool = True


def _biases(value: object) -> bool | Biases:
    if isinstance(value, bool | Biases):
        return value
    if not isinstance(value, Mapping) or not value.keys() <= set(PROJECTIONS):
        raise ValueError(
            f"it must be true, false, or a mapping of {', '.join(PROJECTIONS)} to "
            f"these, got {show(value)}"
        )
    for name, one in value.items():
        if not isinstance(one, bool):
            raise ValueError(f"{name} must be true or false, got {show(one)}")
    found = Biases(**value)
    return found.query if len({one for _, one in found}) == 1 else found


BiasField = Annotated[
    bool | Biases,
    PlainValidator(_biases),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "boolean"},
                {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {name: {"type": "boolean"} for name in PROJECTIONS},
                },
            ]
        }
    ),
]
"""Whether biases are added: a boolean, or one a projection."""


def _start(value: object, info: ValidationInfo) -> Initializer | None:
    if value is None or isinstance(value, Initializer):
        return value
    return INITIALIZERS.parse(value, semantics_of(info))


StartField = Annotated[
    Initializer | None,
    PlainValidator(_start),
    WithJsonSchema({"anyOf": [{"$ref": "#/$defs/initializer"}, {"type": "null"}]}),
]
"""An initializer by name or call; None is what the op says."""


_QUERY = given("query", "time", 6)
_MEMORY = given("value", 5, 4)
_KEYS = SampleInput(("time",), "bool", port="mask")


@register_op
class MultiHeadAttention(Op):
    """Attention by several heads, each with projections of its own.

    q, k, v = query Wq + bq, key Wk + bk, value Wv + bv, by head; scores are
    softmax(q k' / sqrt(key_dim)) over the keys that the mask and `causal` leave (none:
    all zeros); the output is (scores v) of all heads, times Wo, plus bo.
    Left out, `key` is `value`, and `value` is `query`.  Vaswani et al., 2017.
    """

    label: ClassVar[str] = "multi_head_attention"
    leading: ClassVar[str | None] = "num_heads"
    random: ClassVar[bool] = True
    ports: ClassVar[tuple[Port, ...]] = (
        Port("query"),
        Port("value", least=0),
        Port("key", least=0),
        MASK,
    )
    spellings = {
        "heads": "num_heads",
        "n_heads": "num_heads",
        "num_query_heads": "num_heads",
        "head_dim": "key_dim",
        "num_kv_heads": "num_key_value_heads",
        "bias": "use_bias",
        "attn_dropout": "dropout",
        "is_causal": "causal",
        "use_causal_mask": "causal",
        "need_weights": "return_attention_scores",
        "out_features": "output_shape",
    }

    num_heads: Count
    """The number of heads."""
    key_dim: Count | None = None
    """The size of a head's queries and keys; left out, features // num_heads."""
    value_dim: Count | None = None
    """The size of a head's values; left out, `key_dim`."""
    num_key_value_heads: Count | None = None
    """How many heads keys and values have, each for equally many of the queries';
    left out, `num_heads`."""
    output_shape: Count | None = None
    """The size of the output's last axis; left out, the query's."""
    causal: bool = False
    """Whether query i sees keys 0 to i alone."""
    dropout: Fraction = 0.0
    """The fraction of scores that is dropped in training."""
    use_bias: BiasField = True
    """Whether biases are added: a boolean, or `{query, key, value, output}`."""
    return_attention_scores: bool = False
    """Whether the scores, before dropout, are an output too."""
    kernel_initializer: StartField = by_semantics(keras="glorot_uniform", torch=None)
    """Of all four kernels.  `null` is torch's: of query, key and value as of one joint
    kernel, of the output `fan_in_uniform`."""
    output_kernel_initializer: StartField = None
    """Of the output's kernel; left out, `kernel_initializer`."""
    bias_initializer: InitializerField = default("zeros")
    kernel_regularizer: RegularizerField = None
    bias_regularizer: RegularizerField = None
    kernel_constraint: ConstraintField = None
    bias_constraint: ConstraintField = None

    samples = (
        Sample("any length", 2, (_QUERY,)),
        Sample(
            "constraints, along heads",
            {
                "num_heads": 3,
                "kernel_constraint": {"max_norm": {"max_value": 0.5, "axis": 1}},
                "bias_constraint": "unit_norm",
            },
            (_QUERY,),
        ),
        Sample("mask of keys", {"num_heads": 3, "dropout": 0.25}, (_QUERY, _KEYS)),
        Sample(
            "torch: mask of keys, causal",
            {"num_heads": 2, "causal": True},
            (_QUERY, _KEYS),
            "torch",
        ),
        Sample(
            "causal, no biases",
            {"num_heads": 2, "key_dim": 4, "causal": True, "use_bias": False},
            (_QUERY,),
        ),
        Sample(
            "of other values, mask of queries, sizes",
            {"num_heads": 2, "key_dim": 5, "value_dim": 7, "output_shape": 8},
            (_QUERY, _MEMORY, SampleInput(("time", 5), "bool", port="mask")),
        ),
        Sample(
            "of other keys and values, scores, dropout",
            {"num_heads": 2, "return_attention_scores": True, "dropout": 0.25},
            (
                given("query", 3, 8),
                _MEMORY,
                given("key", 5, 7),
                SampleInput((2, 3, 5), "bool", "none", "mask"),
            ),
            "torch",
        ),
        Sample(
            "mask of heads",
            2,
            (_QUERY, _MEMORY, SampleInput((2, "time", 5), "bool", "none", "mask")),
        ),
        Sample(
            "of other values, causal, scores",
            {"num_heads": 2, "causal": True, "return_attention_scores": True},
            (given("query", 3, 8), _MEMORY),
        ),
        Sample(
            "groups of queries, causal, scores",
            {
                "num_heads": 4,
                "num_key_value_heads": 2,
                "key_dim": 3,
                "causal": True,
                "return_attention_scores": True,
            },
            (given("query", 5, 6), SampleInput((5,), "bool", port="mask")),
        ),
        Sample(
            "groups of queries with sizes",
            {"num_heads": 4, "num_key_value_heads": 2, "key_dim": 3, "value_dim": 5},
            (_QUERY, _MEMORY),
            "torch",
        ),
        Sample(
            "some biases, heads of one",
            {
                "num_heads": 6,
                "use_bias": {"key": False, "output": False},
                "dropout": 0.5,
                "causal": True,
            },
            (_QUERY,),
        ),
        Sample("frozen", 2, (_QUERY, _MEMORY), trainable=False),
        Sample(
            "initializers and penalties",
            {
                "num_heads": 2,
                "kernel_initializer": "ones",
                "output_kernel_initializer": "he_normal",
                "bias_initializer": "ones",
                "kernel_regularizer": "l2",
                "bias_regularizer": "l1",
                "kernel_constraint": {"unit_norm": (0, 2)},
                "bias_constraint": {"max_norm": {"max_value": 0.5, "axis": -1}},
            },
            (_QUERY,),
        ),
    )

    def resolve(self, inputs: Bound[TensorType]) -> Self:
        """Sizes of heads and initializers are filled in."""
        kinds = self.operands(inputs)
        width, key, value = (self._features(kind) for kind in kinds)
        if self.key_dim is None and width % self.num_heads:
            raise ShapeError(
                f"multi_head_attention: {self.num_heads} heads do not share "
                f"{width} features evenly",
                "write `key_dim`, or a number of heads that divides the features",
            )
        key_dim = self.key_dim or width // self.num_heads
        start, last = self.kernel_initializer, self.output_kernel_initializer
        if start is None:  # as nn.MultiheadAttention
            joint = width == key == value == self.num_heads * key_dim
            start = _JOINT if joint else GlorotUniform()
            last = last or FanInUniform()
        return self.filled(
            key_dim=key_dim,
            value_dim=self.value_dim or key_dim,
            num_key_value_heads=self.num_key_value_heads or self.num_heads,
            output_shape=self.output_shape or width,
            kernel_initializer=start,
            output_kernel_initializer=last or start,
        )

    @staticmethod
    def operands(
        inputs: Bound[TensorType],
    ) -> tuple[TensorType, TensorType, TensorType]:
        """The types of query, key and value."""
        query = inputs.one("query")
        value = inputs.maybe("value") or query
        return query, inputs.maybe("key") or value, value

    @property
    def heads(self) -> tuple[int, int, int, int]:
        """Heads, those of keys and values, and the sizes of their keys and values."""
        assert self.num_key_value_heads and self.key_dim and self.value_dim
        return self.num_heads, self.num_key_value_heads, self.key_dim, self.value_dim

    def biased(self, projection: str) -> bool:
        """Whether a projection has a bias."""
        found = self.use_bias
        return found if isinstance(found, bool) else bool(getattr(found, projection))

    def params(self, inputs: Bound[TensorType]) -> tuple[Param, ...]:
        """By projection a kernel [features, heads, size], and its bias [heads, size].

        The output's kernel is [heads, size, features], and its bias [features].
        """
        op = self.resolve(inputs)
        query, key, value = (self._features(kind) for kind in self.operands(inputs))
        heads, groups, key_dim, value_dim = op.heads
        assert op.output_shape is not None
        return (
            *op._projection("query", (query,), (heads, key_dim)),
            *op._projection("key", (key,), (groups, key_dim)),
            *op._projection("value", (value,), (groups, value_dim)),
            *op._projection("output", (heads, value_dim), (op.output_shape,)),
        )

    def _projection(
        self, name: str, inner: tuple[int, ...], outer: tuple[int, ...]
    ) -> tuple[Param, ...]:
        last = name == "output"
        start = self.output_kernel_initializer if last else self.kernel_initializer
        assert start is not None
        shape = (*inner, *outer)
        axes = tuple(range(len(shape)))
        if isinstance(start, FanScaled):
            start = start.over(axes[: len(inner)], axes[len(inner) :])
        fan = prod(inner)
        kernel = self.weight(f"{name}_kernel", shape, "kernel", initializer=start)
        if not self.biased(name):
            return (kernel.with_fan(fan),)
        bias = self.weight(f"{name}_bias", outer, "bias")
        return kernel.with_fan(fan), bias.with_fan(fan)

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """[query, output_shape], and the scores [heads, query, key]."""
        op = self.resolve(inputs)
        query, key, value = self.operands(inputs)
        heads, groups, _, _ = op.heads
        if heads % groups:
            raise ShapeError(
                f"multi_head_attention: {groups} key_value_heads do not divide "
                f"{heads} heads"
            )
        if not proves_equal(key.shape[0], value.shape[0], inputs.sizes):
            raise ShapeError(
                f"multi_head_attention needs as many keys as values, got {key} and "
                f"{value}"
            )
        sizes = heads, query.shape[0], key.shape[0]
        check_mask(self.label, inputs, sizes)
        assert op.output_shape is not None
        output = replace(query, shape=(query.shape[0], op.output_shape))
        if not self.return_attention_scores:
            return {"output": output}
        return {"output": output, "scores": TensorType(sizes, query.dtype)}

    def drawn(self, inputs: Bound[tuple[int, ...]]) -> tuple[int, ...]:
        """The scores' shape."""
        query = inputs.one("query")
        value = inputs.maybe("value") or query
        return query[0], self.num_heads, query[1], value[1]

    def multiply_adds(self, inputs: Bound[TensorType]) -> Dim:
        """The projections', and for each query and key the sizes of its heads."""
        query, key, value = self.operands(inputs)
        heads, _, key_dim, value_dim = self.resolve(inputs).heads
        rows = [k.shape[0] for k in (query, key, value, query)]
        kernels = [p.size for p in self.params(inputs) if p.name.endswith("kernel")]
        total: Dim = 0
        for count, size in zip(rows, kernels, strict=True):
            total = total + count * size
        return total + rows[0] * rows[1] * (heads * (key_dim + value_dim))

    def _features(self, kind: TensorType) -> int:
        if len(kind.shape) != 2:
            raise ShapeError(
                f"multi_head_attention needs [time, features] (2 written dimensions), "
                f"got {kind}"
            )
        return self.fixed(kind.shape[1], "features")

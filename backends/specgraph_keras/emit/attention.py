"""Attention beyond `layers.MultiHeadAttention`."""

from typing import Any

import keras
from keras import initializers, layers, ops


@keras.utils.register_keras_serializable("specgraph")
class MultiHeadAttention(layers.MultiHeadAttention):
    """Multi-head attention whose scores are [heads, queries, keys].

    Keras's own says that there are as many keys as queries.
    """

    def compute_output_spec(
        self, query: Any, value: Any, *args: Any, **named: Any
    ) -> Any:
        output, scores = super().compute_output_spec(query, value, *args, **named)
        shape = (*scores.shape[:-1], value.shape[1])
        return output, keras.KerasTensor(shape, dtype=scores.dtype)


@keras.utils.register_keras_serializable("specgraph")
class MultiHeadAttentionWithStart(layers.MultiHeadAttention):
    """Multi-head attention whose output starts otherwise than query, key and value."""

    def __init__(self, *args: Any, output_kernel_initializer: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.output_start = initializers.get(output_kernel_initializer)

    def build(self, query_shape: Any, value_shape: Any, key_shape: Any = None) -> None:
        super().build(query_shape, value_shape, key_shape)
        kernel = self.output_dense.kernel
        kernel.assign(self.output_start(kernel.shape, kernel.dtype))

    def get_config(self) -> dict[str, Any]:
        start = initializers.serialize(self.output_start)
        return {**super().get_config(), "output_kernel_initializer": start}


@keras.utils.register_keras_serializable("specgraph")
class DotProductAttention(layers.Layer):
    """Attention and its scores, by heads that come before time.

    A query that sees no key gives zeros; of `ops.dot_product_attention` the mean of all
    values, and it has no dropout.
    """

    def __init__(
        self,
        causal: bool = False,
        scale: Any = None,
        dropout: float = 0.0,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.causal, self.scale, self.rate = causal, scale, dropout
        self.softmax = layers.Softmax()
        self.dropout = layers.Dropout(dropout)

    def call(self, query: Any, key: Any, value: Any, seen: Any = None) -> Any:
        if key.shape[1] != query.shape[1]:
            groups = query.shape[1] // key.shape[1]
            key, value = (ops.repeat(x, groups, axis=1) for x in (key, value))
        scale = query.shape[-1] ** -0.5 if self.scale is None else self.scale
        logits = ops.einsum("bhqd,bhkd->bhqk", query * scale, key)
        if self.causal:
            past = ops.tril(ops.ones_like(logits, dtype="bool"))
            seen = past if seen is None else ops.logical_and(seen, past)
        scores = self.softmax(logits, mask=seen)
        return ops.matmul(self.dropout(scores), value), scores

    def get_config(self) -> dict[str, Any]:
        config = {"causal": self.causal, "scale": self.scale, "dropout": self.rate}
        return {**super().get_config(), **config}


@keras.utils.register_keras_serializable("specgraph")
class CausalSoftmax(layers.Softmax):
    """A softmax over the keys up to a query, of those that a mask leaves."""

    def call(self, inputs: Any, mask: Any = None) -> Any:
        past = ops.tril(ops.ones_like(inputs, dtype="bool"))
        seen = past if mask is None else ops.logical_and(past, mask)
        return super().call(inputs, mask=seen)

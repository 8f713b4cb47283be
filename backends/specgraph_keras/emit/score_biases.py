"""What is added to the scores of attention by distance."""

import math
from typing import Any

import keras
from keras import initializers, layers, ops, regularizers


@keras.utils.register_keras_serializable("specgraph")
class RelativePositionBias(layers.Layer):
    """Adds to scores a learned number for each head and bucket of distances, as in T5.

    Near ones have one each, far ones share by the logarithm.
    """

    def __init__(
        self,
        buckets: int = 32,
        max_distance: int = 128,
        bidirectional: bool = True,
        initializer: Any = "uniform",
        regularizer: Any = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.buckets, self.max_distance = buckets, max_distance
        self.bidirectional = bidirectional
        self.initializer = initializers.get(initializer)
        self.regularizer = regularizers.get(regularizer)

    def build(self, input_shape: Any) -> None:
        options = {"initializer": self.initializer, "regularizer": self.regularizer}
        shape = (self.buckets, input_shape[1])
        self.embeddings = self.add_weight(name="embeddings", shape=shape, **options)

    def call(self, scores: Any) -> Any:
        side = self.buckets // 2 if self.bidirectional else self.buckets
        exact, last = side // 2, self.max_distance
        shares = (math.log(n / exact) for n in range(exact, last + 1))
        span = math.log(last / exact)
        far = [exact + int(share / span * (side - exact)) for share in shares]
        bucket = ops.convert_to_tensor(
            [*range(exact), *(min(b, side - 1) for b in far)]
        )
        queries, keys = ops.shape(scores)[2], ops.shape(scores)[3]
        row = ops.arange(queries, dtype="int32")
        ahead = ops.arange(keys, dtype="int32") - ops.expand_dims(row, 1)
        distance = ops.abs(ahead) if self.bidirectional else ops.maximum(-ahead, 0)
        found = ops.take(bucket, ops.minimum(distance, last))
        if self.bidirectional:
            found = found + side * ops.cast(ahead > 0, found.dtype)
        return scores + ops.transpose(
            ops.take(self.embeddings, found, axis=0), (2, 0, 1)
        )

    def get_config(self) -> dict[str, Any]:
        names = (
            "buckets",
            "max_distance",
            "bidirectional",
            "initializer",
            "regularizer",
        )
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


@keras.utils.register_keras_serializable("specgraph")
class WindowPositionBias(layers.Layer):
    """Adds to scores a learned number for each head and offset in a window, as in Swin."""

    def __init__(
        self,
        height: int,
        width: int,
        initializer: Any = "uniform",
        regularizer: Any = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.height, self.width = height, width
        self.initializer = initializers.get(initializer)
        self.regularizer = regularizers.get(regularizer)

    def build(self, input_shape: Any) -> None:
        options = {"initializer": self.initializer, "regularizer": self.regularizer}
        shape = ((2 * self.height - 1) * (2 * self.width - 1), input_shape[1])
        self.embeddings = self.add_weight(name="embeddings", shape=shape, **options)

    def call(self, scores: Any) -> Any:
        height, width = self.height, self.width
        cell = ops.arange(height * width)
        query = ops.expand_dims(cell, 1)
        down = query // width - cell // width + height - 1
        across = query % width - cell % width + width - 1
        found = down * (2 * width - 1) + across
        return scores + ops.transpose(
            ops.take(self.embeddings, found, axis=0), (2, 0, 1)
        )

    def get_config(self) -> dict[str, Any]:
        names = ("height", "width", "initializer", "regularizer")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


@keras.utils.register_keras_serializable("specgraph")
class Alibi(layers.Layer):
    """Takes from scores the distance of query and key, by a slope for each head.

    Attention with linear biases (Press et al., 2022).
    """

    def __init__(self, max_bias: float = 8.0, **kwargs: Any):
        super().__init__(**kwargs)
        self.max_bias = max_bias

    def call(self, scores: Any) -> Any:
        heads = scores.shape[1]
        whole = 1 << (heads - 1).bit_length()
        slopes = [2 ** (-self.max_bias * i / whole) for i in range(1, whole + 1)]
        if whole != heads:
            slopes = [*slopes[1::2], *slopes[::2]][:heads]
        slope = ops.reshape(ops.convert_to_tensor(slopes, scores.dtype), (-1, 1, 1))
        queries, keys = ops.shape(scores)[2], ops.shape(scores)[3]
        row = ops.arange(queries, dtype="int32")
        ahead = ops.arange(keys, dtype="int32") - ops.expand_dims(row, 1)
        distance = ops.abs(ahead)
        return scores - slope * ops.cast(distance, scores.dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "max_bias": self.max_bias}

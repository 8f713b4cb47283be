"""The embedding table."""

from __future__ import annotations

from typing import ClassVar

from specgraph.definition import by_semantics
from specgraph.ops.base import (
    INTEGERS,
    Bound,
    Count,
    Op,
    Param,
    Port,
    Sample,
    SampleInput,
    TensorType,
    register_op,
)
from specgraph.training.constraints import ConstraintField
from specgraph.training.initializers import InitializerField
from specgraph.training.regularizers import RegularizerField


@register_op
class Embedding(Op):
    """Row `id` of a table [input_dim, output_dim], for every id in [0, input_dim)."""

    label: ClassVar[str] = "embedding"
    leading: ClassVar[str | None] = "input_dim"
    ports: ClassVar[tuple[Port, ...]] = (Port("input", dtypes=INTEGERS),)
    spellings = {
        "num_embeddings": "input_dim",
        "vocabulary": "input_dim",
        "vocab_size": "input_dim",
        "embedding_dim": "output_dim",
        "units": "output_dim",
    }

    input_dim: Count
    """The number of rows."""
    output_dim: Count
    """The size of a row."""
    embeddings_initializer: InitializerField = by_semantics(
        keras={"random_uniform": {"minval": -0.05, "maxval": 0.05}},
        torch={"random_normal": {"mean": 0.0, "stddev": 1.0}},
    )
    embeddings_regularizer: RegularizerField = None
    embeddings_constraint: ConstraintField = None

    samples = (
        Sample(
            "any length",
            {"input_dim": 11, "output_dim": 3},
            (SampleInput(("time",), "int32", range=(0, 11)),),
        ),
        Sample(
            "a table of ids, penalty",
            {
                "input_dim": 7,
                "output_dim": 5,
                "embeddings_initializer": "ones",
                "embeddings_regularizer": "l2",
                "embeddings_constraint": {"max_norm": {"max_value": 0.5, "axis": 1}},
            },
            (SampleInput((2, 3), "int64", range=(0, 7)),),
        ),
        Sample(
            "one id",
            {"input_dim": 7, "output_dim": 4},
            (SampleInput((), "uint8", range=(0, 7)),),
            "torch",
        ),
    )

    def params(self, inputs: Bound[TensorType]) -> tuple[Param, ...]:
        """`embeddings` [input_dim, output_dim]."""
        table = self.weight("embeddings", (self.input_dim, self.output_dim))
        return (table.with_fan(self.input_dim),)

    def infer(self, inputs: Bound[TensorType]) -> dict[str, TensorType]:
        """The ids' shape with `output_dim` at the end; float32, without layout."""
        return {"output": TensorType((*inputs.first.shape, self.output_dim))}

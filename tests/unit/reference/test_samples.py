"""Every op has a reference, which agrees with its shape rule on every sample."""

from __future__ import annotations

import numpy as np
import pytest

from specgraph.ops import OPS
from specgraph.ops.base import Op, Sample
from specgraph.reference import REFERENCES, evaluate
from tests.unit.reference.drawn import draw, every_sample, sample_name


def test_every_op_has_a_reference() -> None:
    assert [op.label for op in OPS if op not in REFERENCES] == []


@pytest.mark.parametrize("training", [False, True], ids=["inference", "training"])
@pytest.mark.parametrize(("cls", "sample"), every_sample(), ids=sample_name)
def test_reference_gives_the_inferred_shapes(
    cls: type[Op], sample: Sample, training: bool
) -> None:
    drawn = draw(cls, sample)
    at = drawn.at(training=training)
    found = evaluate(drawn.op, at)
    inferred = drawn.op.infer(drawn.types)
    shapes = {name: value.shape for name, value in found.items()}
    assert shapes == {name: drawn.shape(kind) for name, kind in inferred.items()}
    for name, value in found.items():
        assert np.all(np.isfinite(value))
        kind = inferred[name].dtype
        assert value.dtype == (np.float64 if kind == "float32" else np.dtype(kind))
    params = drawn.params
    assert {name: value.shape for name, value in at.updates.items()} == {
        name: params[name].shape for name in at.updates
    }


@pytest.mark.parametrize(("cls", "sample"), every_sample(), ids=sample_name)
def test_reference_keeps_single_precision(cls: type[Op], sample: Sample) -> None:
    drawn = draw(cls, sample, np.float32)
    at = drawn.at(training=True)
    found = evaluate(drawn.op, at)
    exact = evaluate(drawn.op, draw(cls, sample).at(training=True))
    for name, value in (found | at.updates).items():
        assert value.dtype != np.float64
        if name in exact:
            assert np.allclose(value, exact[name], rtol=1e-4, atol=1e-4)

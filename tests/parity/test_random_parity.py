"""Random specs are the same models in torch and Keras."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, Phase, assume, given, settings

from specgraph.load import compile_spec, loads
from specgraph.parity.api import judge
from specgraph.parity.pool import Pool
from specgraph.parity.trial import Settings, gather, prepare
from specgraph.spec.dump import dump
from specgraph.testing.generate import specs
from specgraph.testing.sight import Data

CHECKED = Settings(frozenset({"structure", "outputs", "gradients"}), ("float64",), 1, 0)
LARGEST = 1e4
"""Numbers beyond it, or none at all, show the limits of float64, not of a backend."""


def is_tame(data: Data) -> bool:
    """Whether all numbers of the reference are of common size."""
    found = prepare(compile_spec(loads(dump(data))), CHECKED)
    with np.errstate(all="ignore"):
        return all(
            np.all(np.abs(value) < LARGEST)
            for case in found.cases
            for value in case.reference.values.values()
            if value.dtype.kind == "f"
        )


def test_a_random_spec_is_the_same_model_in_torch_and_keras(pool: Pool) -> None:
    team = gather(("torch", "keras"))

    @settings(
        max_examples=25,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
    )
    @given(specs())
    def judged(data: Data) -> None:
        assume(is_tame(data))
        text = dump(data)
        report = judge([compile_spec(loads(text))], team, CHECKED, pool)
        assert report.passed, f"{report.table()}\n\n{text}"

    judged()

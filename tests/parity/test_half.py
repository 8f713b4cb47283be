"""Half precision is emulated exactly, judged by what it allows, and bugs show in it."""

from __future__ import annotations

import numpy as np
import pytest

from specgraph.load import compile_spec, loads
from specgraph.parity.api import judge
from specgraph.parity.half import HALVES, narrowed
from specgraph.parity.pool import Pool
from specgraph.parity.report import Report
from specgraph.parity.trial import Settings, Team
from specgraph.plugins import PluginError, find_backend
from specgraph.testing.bugs.seeded import Edit, Mutant, MutatedBackend

SPEC = """
specgraph: 1
name: halved
inputs: {x: [6, 5]}
layers:
  - dense: {units: 7, activation: gelu}
  - layer_norm
  - dense: {units: 3, activation: softmax}
"""
CHECKS = frozenset({"structure", "outputs", "layers"})


def report_on(pool: Pool, *backends: str, edit: Edit | None = None) -> Report:
    present = {name: find_backend(name) for name in backends}
    if edit is not None:
        mutant = Mutant("", "", "", "torch", "", (edit,))
        present["torch"] = MutatedBackend(present["torch"], mutant)
    settings = Settings(CHECKS, ("float32",), 1, 0, HALVES)
    return judge([compile_spec(loads(SPEC))], Team(present, {}), settings, pool)


@pytest.mark.parametrize("dtype", HALVES)
def test_numbers_are_rounded_as_torch_rounds_them(dtype: str) -> None:
    torch = pytest.importorskip("torch")
    drawn = np.random.default_rng(0).normal(size=1000) * 10.0 ** np.arange(
        -3, 3
    ).repeat([200, 200, 200, 200, 100, 100])
    array = drawn.astype(np.float32).astype(np.float64)
    wanted = torch.from_numpy(array).float().to(getattr(torch, dtype)).double().numpy()
    assert (narrowed(array, dtype) == wanted).all()
    assert narrowed(np.array([1, 2]), dtype).dtype.kind == "i"


def test_right_backends_pass(pool: Pool) -> None:
    report = report_on(pool, "torch", "keras")
    assert report.passed, report.table()
    seen = {(check.check, check.dtype) for check in report.checks}
    assert {(name, half) for name in ("outputs", "layers") for half in HALVES} <= seen
    allowed = [c.tolerance for c in report.checks if c.dtype == "float16"]
    assert 0 < max(allowed) < 0.1


def test_a_wrong_layer_fails(pool: Pool) -> None:
    edit = Edit("F.gelu(self.dense(x))", "self.dense(x)")
    report = report_on(pool, "torch", edit=edit)
    assert {"bfloat16", "float16"} <= {check.dtype for check in report.failures}


def test_keras_on_torch_is_compared_in_float32(pool: Pool) -> None:
    report = report_on(pool, "keras@torch")
    assert report.passed, report.table()
    dtypes = {check.dtype for check in report.checks}
    assert dtypes == {"float32"}


def test_an_engine_that_is_none_is_refused() -> None:
    with pytest.raises(PluginError, match=r"no engine .mxnet. of keras .*keras@torch"):
        find_backend("keras@mxnet")


def test_an_engine_has_no_float64(pool: Pool) -> None:
    settings = Settings(CHECKS, ("float64",), 1, 0)
    team = Team({"keras@torch": find_backend("keras@torch")}, {})
    report = judge([compile_spec(loads(SPEC))], team, settings, pool)
    assert report.exit_code == 3
    assert "keras@torch is compared in float32 alone" in report.failures[0].detail

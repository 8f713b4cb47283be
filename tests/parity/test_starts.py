"""How new weights are held to the initializers: by number, or by distribution."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from specgraph.load import compile_spec, loads
from specgraph.parity.api import judge
from specgraph.parity.checks import CHECKS
from specgraph.parity.emitted import Emitted
from specgraph.parity.laws import Law, law_of, seen
from specgraph.parity.pool import Pool
from specgraph.parity.report import Report
from specgraph.parity.starts import judge_starts
from specgraph.parity.tally import Tally
from specgraph.parity.trial import Settings, Team
from specgraph.plugins import find_backend
from specgraph.reference.base import Array
from specgraph.reference.training import initialize
from specgraph.testing.bugs.seeded import Mutant, MutatedBackend
from specgraph.testing.bugs.starts import START_MUTANTS
from specgraph.training.initializers import INITIALIZERS
from specgraph.weights.initial import init
from specgraph.weights.slots import all_to_framework

DRAWN = (
    "glorot_uniform",
    "he_normal",
    {"random_normal": {"mean": 1.0, "stddev": 0.02}},
    {"random_uniform": {"minval": 0.5, "maxval": 0.75}},
    {"truncated_normal": 0.1},
    {"variance_scaling": {"scale": 3, "distribution": "untruncated_normal"}},
    {"fan_in_uniform": 9},
)
SHAPES = ((1,), (2,), (5,), (3, 4), (3, 3, 4, 8), (80, 50))
UNIFORM = Law("uniform", 0.0, 0.5)
RECURRENT = """
specgraph: 1
name: recurrent
inputs: {row: [time, 6]}
layers:
  - lstm: 16
  - weight_norm: {dense: 8}
  - spectral_norm: {dense: 8}
  - dense: {units: 8, kernel_initializer: identity}
"""


@pytest.mark.parametrize("call", DRAWN, ids=str)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_what_an_initializer_draws_is_explained(
    call: object, shape: tuple[int, ...]
) -> None:
    initializer = INITIALIZERS.parse(call)
    law = law_of(initializer, shape)
    assert law is not None
    for seed in range(200):
        drawn = initialize(initializer, shape, np.random.default_rng(seed))
        assert law.explains(drawn)
        assert law.explains(drawn.astype("float32"))


@pytest.mark.parametrize("call", DRAWN, ids=str)
def test_what_another_draws_is_not(call: object) -> None:
    shape = (80, 50)
    law = law_of(INITIALIZERS.parse(call), shape)
    assert law is not None
    rng = np.random.default_rng(0)
    for other in (*DRAWN, "zeros", "ones", "orthogonal", "he_uniform"):
        if other != call:
            drawn = initialize(INITIALIZERS.parse(other), shape, rng)
            assert not law.explains(drawn), other
    drawn = initialize(INITIALIZERS.parse(call), shape, rng)
    for factor in (0.9, 1.1):
        assert not law.explains(law.mean + factor * (drawn - law.mean))
    assert not law.explains(drawn + 0.2 * law.spread)
    assert not law.explains(np.full(shape, np.nan))


def test_of_few_numbers_only_the_bounds_count() -> None:
    assert UNIFORM.explains(np.array([0.4]))
    assert UNIFORM.explains(np.array([0.001, 0.002]))
    assert not UNIFORM.explains(np.array([0.501]))
    assert not UNIFORM.explains(np.full(80, 0.001))


def test_numbers_are_told_by_what_they_look_like() -> None:
    rng = np.random.default_rng(0)
    assert seen(np.zeros(3)) == "at 0"
    assert seen(rng.uniform(-1, 1, 10_000)).startswith("uniform in ±1")
    assert seen(rng.uniform(1, 2, 10_000)) == "uniform from 1 to 2"
    assert "standard deviation of 1" in seen(rng.standard_normal(10_000))
    assert "no numbers" in seen(np.array([np.nan, 1.0]))


def said_of(changed: dict[str, Array], of_torch: dict[str, Array]) -> str:
    """What is said of a model that starts as it should, but for these tensors."""
    graph = compile_spec(loads(RECURRENT))
    backend = find_backend("torch")
    emitted = Emitted("torch", backend.worker, backend.plan(graph), Path())
    tensors = all_to_framework(emitted.plan, {**init(graph), **changed}) | of_torch
    tally = Tally(graph, frozenset(CHECKS))
    judge_starts(tally, emitted, tensors, "float64")
    return "; ".join(check.detail for check in tally.checks())


def test_what_is_not_random_is_compared_number_by_number() -> None:
    graph = compile_spec(loads(RECURRENT))
    start = init(graph)
    assert said_of({}, {}) == ""
    bias = start["lstm.bias"].copy()
    bias[17] = 0.0
    said = said_of({"lstm.bias": bias}, {})
    assert said.startswith("gate f of lstm.bias starts ")
    assert "in torch, the spec says 1 (ones)" in said
    eye = start["dense.kernel"]
    assert "up to 0.01 from these (identity)" in said_of(
        {"dense.kernel": eye * 1.01}, {}
    )
    length = start["weight_norm.magnitude"]
    said = said_of({"weight_norm.magnitude": length * 1.01}, {})
    assert "the spec says the lengths of the kernel's parts" in said
    vector = start["spectral_norm.vector_u"]
    for other in (vector * 1.01, np.linalg.svd(start["spectral_norm.kernel"])[2][-1]):
        said = said_of({"spectral_norm.vector_u": other.astype("float32")}, {})
        assert "about a singular vector of the kernel" in said


def test_an_orthogonal_weight_is_as_long_as_its_gain_and_no_identity() -> None:
    recurrent = init(compile_spec(loads(RECURRENT)))["lstm.recurrent_kernel"]
    for other in (recurrent * 1.001, np.eye(*recurrent.shape), recurrent * 0):
        said = said_of({"lstm.recurrent_kernel": other.astype("float32")}, {})
        assert "the spec says orthogonal rows or columns of 1 (orthogonal)" in said


def test_each_gate_is_judged_by_itself() -> None:
    kernel = init(compile_spec(loads(RECURRENT)))["lstm.kernel"].copy()
    kernel[:, 16:32] *= 0.2
    said = said_of({"lstm.kernel": kernel}, {})
    assert said.startswith("gate f of lstm.kernel starts uniform in ±0.05")
    assert "gate i" not in said


def test_what_is_no_weight_starts_as_the_plan_says() -> None:
    said = said_of({}, {"lstm.bias_hh_l0": np.full(64, 0.25, "float32")})
    assert said == (
        "in a new model of torch, lstm.bias_hh_l0 is always 0, the tensor is not"
    )


def report_on(mutant: Mutant, check: str, pool: Pool) -> Report:
    settings = Settings(frozenset({check}), ("float64",), 1, seed=0)
    backend = MutatedBackend(find_backend(mutant.backend), mutant)
    graph = compile_spec(loads(mutant.spec))
    return judge([graph], Team({backend.name: backend}, {}), settings, pool)


def test_a_failure_names_both_starts_and_both_lines(pool: Pool) -> None:
    report = report_on(START_MUTANTS[0], "weights", pool)
    (failure,) = report.failures
    told, spec, emitted, others = failure.detail.splitlines()
    assert re.fullmatch(
        r"conv2d\.kernel starts uniform in ±0\.19\d? in torch, "
        r"the spec says uniform in ±0\.309 \(glorot_uniform\)",
        told,
    )
    assert spec.startswith("spec.yaml:6: - conv2d:")
    assert re.match(r"torch/model\.py:\d+: self\.conv2d = nn\.Conv2d\(", emitted)
    assert others == "others that start wrong: conv2d.bias, dense.kernel, dense.bias"
    assert failure.at == "spec.yaml:6"


def test_without_the_check_no_new_model_is_asked_for(pool: Pool) -> None:
    assert report_on(START_MUTANTS[0], "structure", pool).passed


@pytest.mark.parametrize("name", ["torch", "keras"])
def test_a_new_model_starts_the_same_every_time(name: str, pool: Pool) -> None:
    backend = find_backend(name)
    plan = backend.plan(compile_spec(loads(RECURRENT)))
    worker = pool.start(backend.worker, "float64")
    starts = []
    for _ in range(2):
        emitted = Emitted(name, backend.worker, plan, pool.path("again"))
        emitted.write()
        job = {"kind": "start", "model": emitted.model}
        starts.append(worker.submit(job).result().arrays)
    first, second = starts
    assert first.keys() == second.keys()
    assert all((first[key] == second[key]).all() for key in first)

"""What counts as equal, and what can never pass."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from specgraph.load import compile_spec, loads
from specgraph.lower.plan import Physical
from specgraph.parity.api import judge, parity
from specgraph.parity.arrays import from_physical, to_physical
from specgraph.parity.batches import Batch
from specgraph.parity.cases import Case, Skipped, cases, random_weights
from specgraph.parity.checks import CHECKS, Check
from specgraph.parity.compare import error_of, floor_of, scale_of, single_tolerance
from specgraph.parity.gates import EXACT, LISTED, gate
from specgraph.parity.pool import Pool
from specgraph.parity.report import Report
from specgraph.parity.structure import marked_weights
from specgraph.parity.tally import Tally
from specgraph.parity.training import Judge, Step
from specgraph.parity.trial import Settings, Team, gather, prepare
from specgraph.plugins import find_backend
from specgraph.samples import graph_of
from specgraph.testing.bugs.models import PICTURE, TABLE, WORDS
from specgraph.testing.bugs.seeded import Edit, Mutant, MutatedBackend

ONE = np.ones(3)
FROZEN_EMBEDDING = """
  - embedding: {input_dim: 5, output_dim: 3}
    trainable: false
  - flatten
"""
NAN = np.array([1.0, math.nan, 1.0])


def test_nan_on_both_sides_is_a_difference() -> None:
    assert error_of(NAN, NAN, 1.0) == math.inf


def test_another_shape_is_a_difference() -> None:
    assert error_of(np.ones((3, 1)), ONE, 1.0) == math.inf


def test_flags_are_equal_or_not() -> None:
    flags = np.array([True, False])
    assert error_of(flags, flags, 1.0) == 0.0
    assert error_of(flags, ~flags, 1.0) == math.inf


def test_an_error_is_measured_by_the_greatest_value() -> None:
    assert error_of(ONE * 100 + 1e-5, ONE * 100, scale_of(ONE * 100, 0.0)) == (
        pytest.approx(1e-7)
    )


def test_a_tensor_of_zeros_is_measured_by_the_others() -> None:
    floor = floor_of([np.zeros(3), ONE * 50])
    assert scale_of(np.zeros(3), floor) == pytest.approx(0.05)
    assert floor_of([np.zeros(3)]) == 1e-12


def test_float32_may_be_worse_than_the_reference_but_not_by_much() -> None:
    assert single_tolerance(1e-3, 4) == 4e-3
    assert single_tolerance(0.0, 4) == 2 * single_tolerance(0.0, 1) < 1e-4


def tally() -> Tally:
    return Tally(compile_spec(loads(TABLE)), frozenset(CHECKS))


def test_an_empty_comparison_cannot_pass() -> None:
    found = tally()
    found.expect("gradients", "float64", ("torch", "reference"))
    (check,) = found.checks()
    assert not check.passed
    assert check.detail == "nothing was compared"
    assert not Report().passed


def test_the_worst_comparison_is_kept() -> None:
    found = tally()
    pair = ("torch", "reference")
    for value, error in (("dense", 1e-12), ("softmax", 2e-10), ("dense_2", 1e-11)):
        found.note("layers", "float64", pair, value, error, EXACT)
    (check,) = found.checks()
    assert (check.value, check.error, check.passed) == ("softmax", 2e-10, True)
    assert check.at == "spec.yaml:11"


def test_a_number_that_is_none_is_null_in_json() -> None:
    check = Check(
        "s", "", "outputs", "float64", ("a", "b"), math.inf, 0.0, False, "", ""
    )
    report = Report(checks=[check])
    assert json.loads(report.to_json())["checks"][0]["error"] is None
    assert report.exit_code == 1


def test_the_closed_list_counts_behind_the_op_it_names_alone() -> None:
    text = TABLE.replace("  - softmax\n", "  - leaky_relu\n")
    graph = compile_spec(loads(text))
    keras, torch = gate(graph, ["keras", "reference"]), gate(graph, ["torch"])
    assert keras.of_value("dense") == EXACT
    assert keras.of_value("leaky_relu") == keras.of_value("dense_3") == LISTED
    assert keras.of_gradient == LISTED
    assert torch.of_value("dense_3") == torch.of_gradient == EXACT


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_no_number_of_marked_weights_comes_twice(dtype: str) -> None:
    marked = marked_weights(compile_spec(loads(PICTURE)), dtype)
    everything = np.concatenate([array.ravel() for array in marked.values()])
    assert len(np.unique(everything)) == everything.size
    assert np.isfinite(everything).all()
    assert everything.dtype == dtype


@pytest.mark.parametrize(
    "lies",
    [
        Physical((0, 1)),
        Physical((0, 1), (2, 3, 4), (2, 0, 1)),
    ],
)
def test_values_come_back_from_a_framework_in_the_order_of_the_spec(
    lies: Physical,
) -> None:
    array = np.arange(120.0).reshape(5, 24)
    assert (from_physical(to_physical(array, lies), lies) == array).all()


def test_axes_move_as_a_plan_says() -> None:
    array = np.arange(120.0).reshape(1, 4, 5, 6)
    lies = Physical((0, 3, 1, 2))
    assert to_physical(array, lies).shape == (1, 6, 4, 5)
    assert (from_physical(to_physical(array, lies), lies) == array).all()


def tried(text: str) -> list[Case | Skipped]:
    graph = compile_spec(loads(text))
    return cases(graph, random_weights(graph, 0), 0)


def test_every_size_kind_and_batch_is_tried_in_both_modes() -> None:
    names = [case.name for case in tried(PICTURE)]
    for part in ("offset", "tiny", "centred", "batch 1", "batch 3"):
        for mode in ("inference", "training"):
            assert any(part in name and mode in name for name in names)


def test_named_dimensions_are_tried_at_the_least_size_and_at_two_primes() -> None:
    sizes = {
        case.inputs["ids"].shape[1] for case in tried(WORDS) if isinstance(case, Case)
    }
    assert len(sizes) == 3
    assert 1 in sizes
    assert all(all(size % d for d in range(2, size)) for size in sizes)


def test_ids_are_in_range_padded_and_repeated() -> None:
    (ids,) = [
        case.inputs["ids"]
        for case in tried(WORDS)
        if isinstance(case, Case) and case.inputs["ids"].shape == (3, 7)
    ][:1]
    assert ids.min() >= 0
    assert ids.max() < 11
    assert (ids[-1, 4:] == 0).all()
    assert (ids[:, 0] == ids[:, 1]).all()


def test_no_weight_or_buffer_starts_at_zero_or_one() -> None:
    weights = random_weights(compile_spec(loads(TABLE)), 0)
    for array in weights.values():
        assert not np.isin(array, [0.0, 1.0]).any()
    assert (weights["batch_norm.moving_variance"] > 0).all()


def test_statistics_of_one_value_are_left_out_and_said() -> None:
    skipped = [case for case in tried(TABLE) if isinstance(case, Skipped)]
    assert skipped
    assert all("batch 1" in case.name for case in skipped)
    assert all("training" in case.name for case in skipped)


def test_a_value_that_is_not_tapped_is_a_failure(pool: Pool) -> None:
    class Blind(MutatedBackend):
        def plan(self, graph):  # type: ignore[no-untyped-def]
            plan = super().plan(graph)
            plan.taps.pop("softmax", None)
            return plan

    mutant = Mutant("", "", TABLE, "torch", "", ())
    team = Team({"torch": Blind(find_backend("torch"), mutant)}, {})
    settings = Settings(frozenset(CHECKS), ("float64",), 1, 0)
    report = judge([compile_spec(loads(TABLE))], team, settings, pool)
    assert [c.detail for c in report.failures] == [
        "the plan does not say where softmax comes to be"
    ]


@pytest.mark.parametrize(
    ("old", "new", "check", "error", "line", "said"),
    [
        (
            "nn.LayerNorm(6)",
            "nn.LayerNrm(6)",
            "structure",
            "AttributeError: module 'torch.nn' has no attribute 'LayerNrm'",
            "torch/model.py:17: self.layer_norm = nn.LayerNrm(6)",
            "spec.yaml:7: - layer_norm",
        ),
        (
            "F.softmax(",
            "F.softmx(",
            "outputs",
            "AttributeError: module 'torch.nn.functional' has no attribute 'softmx'",
            "torch/model.py:27: x = F.softmx(self.dense_2(x), dim=-1)  # [B, 6]",
            "spec.yaml:10: - dense: 6",
        ),
    ],
)
def test_a_model_that_does_not_run_is_one_failure_with_its_lines(
    old: str, new: str, check: str, error: str, line: str, said: str, pool: Pool
) -> None:
    mutant = Mutant("", "", TABLE, "torch", "", (Edit(old, new),))
    team = Team({"torch": MutatedBackend(find_backend("torch"), mutant)}, {})
    settings = Settings(frozenset(CHECKS), ("float64", "float32"), 1, 0)
    report = judge([compile_spec(loads(TABLE))], team, settings, pool)
    assert report.exit_code == 1
    (failure,) = report.failures
    assert (failure.check, failure.dtype) == (check, "float64")
    assert failure.detail.splitlines() == [error, line, said]
    why = f"not run: table: {check} (float64) of torch says why"
    missed = {c.check: c.detail for c in report.checks if not c.ran}
    assert missed == dict.fromkeys(missed, why)
    assert missed.keys() >= {"gradients", "loss", "train", "buffers", "layers"}
    assert not any(c.passed for c in report.checks if not c.ran)


def test_gradients_of_inputs_are_compared_where_no_weight_is_trained(
    pool: Pool,
) -> None:
    report = on_torch("inputs: {x: [4]}\nlayers:\n  - tanh\n", pool)
    assert report.passed
    assert {c.value for c in report.checks if c.check == "gradients"} <= {"x", "tanh"}
    assert any(c.check == "gradients" for c in report.checks)


def test_gradients_of_nothing_are_not_applicable_and_said(pool: Pool) -> None:
    ids = "inputs: {x: {shape: [4], dtype: int32}}\nlayers:\n"
    for layers in ("  - not_equal: 0\n", FROZEN_EMBEDDING):
        report = on_torch(ids + layers, pool)
        assert report.passed, report.table()
        assert "gradients" not in {check.check for check in report.checks}
        reasons = {skip.value: skip.reason for skip in report.skipped}
        assert "not applicable" in reasons["bare.check gradients"]


def test_every_step_shows_its_metrics_and_the_whole_state_of_the_optimizer(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Step] = []
    judged = Judge.judge

    def judge_and_see(self: Judge, number: int, batch: Batch, found: Step) -> None:
        seen.append(found)
        judged(self, number, batch, found)

    monkeypatch.setattr(Judge, "judge", judge_and_see)
    settings = Settings(frozenset({"train"}), ("float64",), 3, 0)
    report = judge([compile_spec(loads(TABLE))], gather(["torch"]), settings, pool)
    assert report.passed, report.table()
    assert len(seen) == 3
    for step in seen:
        assert step.metrics.keys() == {"mean_absolute_error"}
        assert step.slots["velocity_plain"].keys() == step.gradients.keys()


def on_torch(text: str, pool: Pool) -> Report:
    graph = compile_spec(loads(f"specgraph: 1\nname: bare\n{text}"))
    settings = Settings(frozenset(CHECKS), ("float64",), 1, 0)
    return judge([graph], gather(["torch"]), settings, pool)


def test_a_run_again_gives_the_same_bytes(pool: Pool) -> None:
    graph = compile_spec(loads(TABLE))
    settings = Settings(frozenset(CHECKS), ("float64", "float32"), 2, 0)
    team = gather(["torch", "keras"])
    first, second = (judge([graph], team, settings, pool).to_json() for _ in range(2))
    assert first == second


def test_some_checks_can_be_chosen(pool: Pool) -> None:
    settings = Settings(frozenset({"outputs"}), ("float64",), 2, 0)
    report = judge([compile_spec(loads(TABLE))], gather(["torch"]), settings, pool)
    assert report.passed
    assert {check.check for check in report.checks} == {"outputs"}


def test_an_unknown_check_is_refused() -> None:
    with pytest.raises(ValueError, match="no check 'output'"):
        parity([], checks=["output"])


def test_the_report_carries_the_command_that_does_it_again(pool: Pool) -> None:
    settings = Settings(frozenset({"outputs", "layers"}), ("float64",), 2, 7)
    graph = compile_spec(loads(TABLE, "a model.yaml"))
    report = judge([graph], gather(["torch"]), settings, pool)
    assert report.environment["command"] == (
        "specgraph parity 'a model.yaml' --backends torch --checks outputs,layers "
        "--dtype float64 --steps 2 --seed 7"
    )


def test_a_failure_of_float32_alone_is_told_from_a_wrong_model() -> None:
    def check(dtype: str, passed: bool) -> Check:
        pair = ("torch", "reference")
        return Check("s", "", "outputs", dtype, pair, 1e-3, 1e-4, passed, "", "")

    words = "the model is the same"
    noisy = Report(checks=[check("float64", True), check("float32", False)])
    wrong = Report(checks=[check("float64", False), check("float32", False)])
    assert words in noisy.table()
    assert words not in wrong.table()


def test_ids_beyond_a_table_are_told_and_no_traceback() -> None:
    graph = graph_of(
        {
            "specgraph": 1,
            "name": "ids",
            "inputs": {"x": {"shape": [3], "dtype": "int32", "range": [0, 9]}},
            "layers": [{"embedding": {"input_dim": 4, "output_dim": 2}}],
        }
    )
    with pytest.raises(ValueError, match="not 0 to 3; an input of integers"):
        prepare(graph, Settings(frozenset({"outputs"}), ("float64",), 1, 0))

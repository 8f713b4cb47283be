"""Whole graphs in NumPy: values, buffers, exact derivatives, and how near a tie is."""

from __future__ import annotations

import numpy as np
import pytest

from specgraph.load import compile_spec, loads
from specgraph.reference.base import Array
from specgraph.reference.interpret import Arrays, Interpreter, keep_everything

SPEC = """
specgraph: 1
name: small
inputs: {x: [6, 3]}
layers:
  - conv1d: {filters: 4, kernel_size: 3, activation: relu}
  - batch_norm
  - lstm: 3
  - dropout: 0.5
  - dense: 2
outputs: {y: dense}
"""
RNG = np.random.default_rng(1)


def interpreter(text: str = SPEC) -> Interpreter:
    graph = compile_spec(loads(text))
    weights = {n: RNG.uniform(0.3, 0.9, p.shape) for n, p in graph.parameters().items()}
    return Interpreter(graph, weights)


def total(values: Arrays, _: Arrays) -> Array:
    return np.asarray((values["dense"] ** 2).sum())


@pytest.mark.parametrize("training", [False, True])
def test_slopes_are_the_derivatives(training: bool) -> None:
    base = interpreter()
    inputs = {"x": RNG.normal(size=(4, 6, 3))}
    run = base.run(inputs, training)
    step = 1e-6
    for name, weight in base.weights.items():
        direction = RNG.choice([-1.0, 1.0], weight.shape)
        ends = [
            total(
                Interpreter(
                    base.graph, {**base.weights, name: weight + sign * step * direction}
                )
                .run(inputs, training)
                .values,
                {},
            )
            for sign in (1, -1)
        ]
        slope = base.slope(run, {name: direction}, total)
        assert slope == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-5)


def test_a_value_moves_what_follows_it_alone() -> None:
    base = interpreter()
    run = base.run({"x": RNG.normal(size=(2, 6, 3))})
    first = np.ones_like(run.values["conv1d"])
    last = np.ones_like(run.values["dense"])
    assert base.slope(run, {"dense": last}, lambda v, _: v["conv1d"].sum()) == 0.0
    assert base.slope(run, {"dense": last}, lambda v, _: v["dense"].sum()) == last.size
    assert base.slope(run, {"conv1d": first}, total) != 0.0


def test_float32_weights_are_computed_with_in_float32() -> None:
    base = interpreter()
    weights = {name: array.astype(np.float32) for name, array in base.weights.items()}
    x = RNG.normal(size=(2, 6, 3)).astype(np.float32)
    single = Interpreter(base.graph, weights)
    run = single.run({"x": x}, training=True)
    assert {array.dtype for array in run.values.values()} == {np.dtype(np.float32)}
    direction = np.ones_like(weights["dense.kernel"])
    exact = base.slope(
        base.run({"x": x.astype(float)}, True), {"dense.kernel": direction}, total
    )
    slope = single.slope(run, {"dense.kernel": direction}, total)
    assert slope == pytest.approx(exact, rel=1e-4)


def test_training_gives_new_buffers_and_a_frozen_norm_none() -> None:
    inputs = {"x": RNG.normal(size=(2, 6, 3))}
    names = {"batch_norm.moving_mean", "batch_norm.moving_variance"}
    assert interpreter().run(inputs, training=True).buffers.keys() == names
    assert not interpreter().run(inputs).buffers
    still = SPEC.replace("- batch_norm", "- batch_norm:\n    trainable: false")
    assert not interpreter(still).run(inputs, training=True).buffers


def test_masks_are_asked_for_by_node() -> None:
    asked = []

    def masks(node: str, shape: tuple[int, ...], normal: bool) -> Array:
        asked.append((node, shape, normal))
        return keep_everything(node, shape, normal)

    base = interpreter()
    inputs = {"x": RNG.normal(size=(2, 6, 3))}
    Interpreter(base.graph, base.weights, masks).run(inputs, training=True)
    assert asked == [("dropout", (2, 3), False)]


@pytest.mark.parametrize(
    ("layer", "x", "margin"),
    [
        ("relu", [1.0, -0.5, 2.0, 4.0], 0.125),
        ("{relu: {max_value: 3.0}}", [1.0, -1.0, 2.5, 4.0], 0.125),
        ("hard_sigmoid", [-4.0, 1.0, 2.0, 2.5], 0.125),
        ("tanh", [1.0, 0.0, 1.0, 1.0], np.inf),
        ("{dense: {units: 1, activation: relu}}", [1.0, 1.0, 1.0, 1.0], 1.0),
    ],
)
def test_the_margin_is_the_distance_from_a_kink(
    layer: str, x: list[float], margin: float
) -> None:
    text = f"specgraph: 1\nname: kink\ninputs: {{x: [4]}}\nlayers: [{layer}]\n"
    run = interpreter(text).run({"x": np.array([x])})
    assert run.margin == pytest.approx(margin)


def test_the_margin_of_a_pool_is_that_of_the_two_greatest() -> None:
    text = (
        "specgraph: 1\nname: kink\ninputs: {x: {shape: [4, 1]}}\n"
        "layers: [{max_pool1d: 2}]\n"
    )
    x = np.array([[[8.0], [7.0], [3.0], [3.0]]])
    assert interpreter(text).run({"x": x}).margin == pytest.approx(1 / 8)

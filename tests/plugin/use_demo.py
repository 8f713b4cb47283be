"""What a process does in which the demo package is installed: `use_demo.py TASK`."""

from __future__ import annotations

import sys
from typing import Any

import specgraph
from specgraph.load import compile_spec, loads, plan_for
from specgraph.plugins import backend_names, find_backend

SPEC = """\
specgraph: 1
name: tiny
inputs: {image: [5, 4, 3], more: {shape: [2, 4, 3], layout: channels_first}}
layers:
  - {channel_affine: false, from: image}
  - channel_affine: {scale_initializer: {random_normal: 0.5}}
  - tanh
  - {flatten: , name: one}
  - {channel_affine: , from: more}
  - {flatten: , name: other}
  - {concat: , from: [one, other]}
  - dense: {units: 4, activation: relu}
  - dropout: 0.5
  - dense: {units: 2, activation: sigmoid}
"""


def names() -> None:
    """The backend is one of those that are installed, after our own."""
    assert backend_names() == ("torch", "keras", "tensorflow", "numpy_source")
    assert find_backend("numpy_source").requires == ("numpy",)


def light() -> None:
    """Neither NumPy nor a reference is imported to build for our backends."""
    plan_for(compile_spec(loads(SPEC)), "torch")
    assert "specgraph_demo.ops" in sys.modules
    heavy = {
        "numpy",
        "torch",
        "specgraph_demo.references",
        "specgraph_demo.keras_rules",
    }
    assert heavy & sys.modules.keys() == set()


def numpy_source() -> None:
    """The emitted NumPy computes what the reference does."""
    import numpy as np

    from specgraph.reference.interpret import Interpreter

    graph = compile_spec(loads(SPEC))
    plan = plan_for(graph, "numpy_source")
    random = np.random.default_rng(3)
    weights = {k: random.normal(size=p.shape) for k, p in graph.parameters().items()}
    assert set(plan.slots) == set(weights)
    inputs = {
        "image": random.normal(size=(3, 5, 4, 3)),
        "more": random.normal(size=(3, 2, 4, 3)),
    }
    module: dict[str, Any] = {}
    exec(plan.files["model.py"], module)
    found = module[plan.entry](weights, **inputs)
    run = Interpreter(graph, weights).run(inputs)
    (value,) = graph.outputs.values()
    np.testing.assert_allclose(found, run.values[value.name], rtol=1e-12)


def gap() -> None:
    """What the backend has no rule for is an error with its place."""
    text = SPEC.replace("- tanh", "- softmax")
    try:
        plan_for(compile_spec(loads(text)), "numpy_source")
    except specgraph.SpecError as error:
        (found,) = error.diagnostics
        assert found.code == "unsupported-op"
        assert found.at is not None
        assert found.at.line == 7
    else:
        raise AssertionError("softmax was built")


def conformance() -> None:
    """The outside op is the same in torch, in Keras and in the reference."""
    from specgraph.testing.samples import all_samples
    from specgraph.testing.suite import Suite

    with Suite("torch", "keras", "tensorflow", dtypes=("float64",)) as suite:
        for case in all_samples(["channel_affine"]):
            report = suite.run(case)
            failed = [check for check in report.checks if not check.passed]
            assert report.checks and not failed, failed


if __name__ == "__main__":
    {task.__name__: task for task in (names, light, numpy_source, gap, conformance)}[
        sys.argv[1]
    ]()

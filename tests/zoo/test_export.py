"""Emitted models of the zoo compile whole and are exported, in both frameworks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch

from specgraph.ir.graph import Graph
from specgraph.load import compile_spec, load
from specgraph.lower.plan import Plan
from specgraph.ops.dims import symbols
from specgraph.parity.arrays import to_physical
from specgraph.parity.cases import random_inputs, sizes_of
from specgraph.plugins import find_backend
from tests.zoo.test_small import SMALL, SPECS

RECURRENT = ("bidirectional", "gru", "lstm", "simple_rnn", "conv_lstm2d")
"""Ops whose loop over time torch does not compile or export whole."""
SEEDS = [(f"seed/{path.stem}", "") for path in sorted(SPECS.glob("seed/*.yaml"))]
ALL = [*SEEDS, *SMALL]
SLOW = {
    ("speech/crepe", "small"),
    ("speech/wav2vec2", "small"),
    ("text/lstm_tagger", "small"),
    ("text/minilm", "small"),
    ("text/transformer", "small"),
    ("vision/densenet", "small"),
    ("vision/efficientnet_b0", "small"),
    ("vision/mobilenet_v2", "small"),
    ("vision/resnet", "small"),
    ("vision/resnet", "small_basic"),
    ("vision/unet", "small"),
}
"""What takes some seconds and has much in common with the others."""
BATCH = 3
compile_whole: Callable[..., Any] = torch.compile


def graph_of(spec: str, variant: str) -> Graph:
    return compile_spec(load(SPECS / f"{spec}.yaml", variant=variant))


def has_loops(graph: Graph) -> bool:
    return any(node.op.label in RECURRENT for node in graph.walk())


def tried(cases: Iterable[tuple[str, str]]) -> pytest.MarkDecorator:
    """The cases as parameters of a test, those that take long marked."""
    params = [
        pytest.param(case, marks=[pytest.mark.slow] if case in SLOW else [])
        for case in cases
    ]
    return pytest.mark.parametrize("case", params, ids="-".join)


WITHOUT_LOOPS = [case for case in ALL if not has_loops(graph_of(*case))]


def made(plan: Plan) -> Any:
    found: dict[str, Any] = {}
    exec(compile(plan.files["model.py"], "model.py", "exec"), found)
    return found[plan.entry]()


def drawn(plan: Plan, batch: int, longer: bool = False) -> list[Any]:
    """Inputs as the backend takes them, in the order of the spec."""
    graph = plan.graph
    sizes = sizes_of(graph)[-1] if longer else sizes_of(graph)[:2][-1]
    given = random_inputs(graph, "centred", batch, sizes, 0)
    return [
        array.astype("float32" if array.dtype.kind == "f" else array.dtype)
        for array in (to_physical(given[name], plan.values[name]) for name in given)
    ]


def tensors(arrays: list[Any]) -> list[torch.Tensor]:
    return [torch.from_numpy(array) for array in arrays]


def close(found: Any, wanted: Any) -> None:
    """Both the same up to rounding in float32, whatever they are nested in."""
    one, other = keras.tree.flatten(found), keras.tree.flatten(wanted)
    assert len(one) == len(other) > 0
    for a, b in zip(one, other, strict=True):
        left, right = (
            np.asarray(x.detach() if isinstance(x, torch.Tensor) else x) for x in (a, b)
        )
        scale = max(float(np.abs(right).max()), 1e-3)
        np.testing.assert_allclose(left / scale, right / scale, rtol=0, atol=2e-4)


def gradients(model: torch.nn.Module, outputs: Any) -> list[torch.Tensor]:
    """Those of the sum of the squares, of every trained parameter, as one scale."""
    total = sum(
        x.square().sum() for x in keras.tree.flatten(outputs) if x.is_floating_point()
    )
    trained = [p for p in model.parameters() if p.requires_grad]
    found = torch.autograd.grad(total, trained)
    return [torch.cat([gradient.flatten() for gradient in found])]


@pytest.fixture(autouse=True)
def fresh() -> None:
    """Nothing compiled before, and the same numbers drawn."""
    torch._dynamo.reset()
    torch.manual_seed(0)
    keras.utils.set_random_seed(0)


@tried(WITHOUT_LOOPS)
def test_torch_compiles_a_model_whole(case: tuple[str, str]) -> None:
    plan = find_backend("torch").plan(graph_of(*case))
    model, inputs = made(plan), tensors(drawn(plan, BATCH))
    whole = compile_whole(model, backend="aot_eager", fullgraph=True)
    for training in (False, True):
        model.train(training)
        torch.manual_seed(1)
        wanted = model(*inputs)
        sloped = gradients(model, wanted)
        torch.manual_seed(1)
        found = whole(*inputs)
        close(found, wanted)
        close(gradients(model, found), sloped)


@tried(WITHOUT_LOOPS)
def test_torch_exports_a_model_for_any_batch_and_length(case: tuple[str, str]) -> None:
    plan = find_backend("torch").plan(graph_of(*case))
    model = made(plan).eval()
    shapes = [entry.value.type.shape for entry in plan.graph.inputs.values()]
    dynamic = tuple(
        {
            0: torch.export.Dim.DYNAMIC,
            **{
                1
                + plan.values[name].order[1:].index(1 + axis): torch.export.Dim.DYNAMIC
                for axis, size in enumerate(shape)
                if symbols(size)
            },
        }
        for name, shape in zip(plan.graph.inputs, shapes, strict=True)
    )
    inputs = tuple(tensors(drawn(plan, BATCH)))
    exported = torch.export.export(model, inputs, dynamic_shapes=dynamic)
    again = tensors(drawn(plan, BATCH + 2, longer=True))
    close(exported.module()(*again), model(*again))


@pytest.mark.slow
@pytest.mark.parametrize(
    "case", [("seed/mnist_cnn", ""), ("text/bert", "small"), ("vision/resnet", "small")]
)
def test_inductor_makes_a_model_that_computes_the_same(case: tuple[str, str]) -> None:
    plan = find_backend("torch").plan(graph_of(*case))
    model, inputs = made(plan).eval(), tensors(drawn(plan, BATCH))
    close(compile_whole(model, fullgraph=True)(*inputs), model(*inputs))


@tried(ALL)
def test_keras_exports_a_model(case: tuple[str, str], tmp_path: Path) -> None:
    plan = find_backend("keras").plan(graph_of(*case))
    model = made(plan)
    model.export(tmp_path / "exported", verbose=False)
    served = tf.saved_model.load(str(tmp_path / "exported"))
    given = named(plan, drawn(plan, BATCH + 2, longer=True))
    close(served.serve(given), model(given, training=False))


@tried(ALL)
def test_xla_compiles_a_model_of_keras(case: tuple[str, str]) -> None:
    plan = find_backend("keras").plan(graph_of(*case))
    model = made(plan)
    given = named(plan, drawn(plan, BATCH))
    whole = tf.function(lambda x: model(x, training=False), jit_compile=True)
    close(whole(given), model(given, training=False))


def named(plan: Plan, arrays: list[Any]) -> Any:
    """Inputs as the model takes them: one, or several by name."""
    if len(arrays) == 1:
        return tf.constant(arrays[0])
    given = zip(plan.graph.inputs, arrays, strict=True)
    return {name: tf.constant(array) for name, array in given}

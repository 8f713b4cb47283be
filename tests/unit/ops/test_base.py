"""Types, ports and the registry that all ops share."""

from __future__ import annotations

from typing import ClassVar

import pytest

from specgraph.definition import Semantics
from specgraph.ops import OPS
from specgraph.ops.base import (
    Activation,
    Bound,
    Op,
    Sample,
    TensorType,
    activated,
    register_op,
)
from specgraph.ops.dims import symbol
from specgraph.reference.base import Array, Evaluation, evaluate, reference


def test_an_op_without_shape_rule_is_refused() -> None:
    class Shapeless(Op):
        label: ClassVar[str] = "shapeless"
        samples: ClassVar[tuple[Sample, ...]] = (Sample("one"),)

    with pytest.raises(TypeError, match="'shapeless' has no shape rule"):
        register_op(Shapeless)
    assert "shapeless" not in OPS


def test_an_op_without_samples_is_refused() -> None:
    class Untried(Activation):
        label: ClassVar[str] = "untried"

    with pytest.raises(TypeError, match="'untried' has no samples"):
        register_op(Untried)
    assert "untried" not in OPS


def test_a_label_is_claimed_once() -> None:
    class Copy(Activation):
        label: ClassVar[str] = "relu"
        samples: ClassVar[tuple[Sample, ...]] = (Sample("one"),)

    with pytest.raises(TypeError, match="op 'relu' is defined by both"):
        register_op(Copy)


def test_an_op_has_one_reference() -> None:
    def other(op: Op, at: Evaluation) -> Array:
        return at.inputs.first

    with pytest.raises(TypeError, match="op 'relu' has two references"):
        reference(OPS.find("relu"))(other)


def test_an_op_without_reference_cannot_be_evaluated() -> None:
    class Unknown(Activation):
        label: ClassVar[str] = "unknown"

    nothing: Bound[Array] = Bound({})
    with pytest.raises(NotImplementedError, match="'unknown' has no reference"):
        evaluate(Unknown(), Evaluation(nothing, Bound({})))


def test_channels_stand_where_the_layout_says() -> None:
    last = TensorType((4, 5, 3), layout="channels_last")
    first = TensorType((3, 4, 5), layout="channels_first")
    free = TensorType((4, 5, 3))
    for kind in (last, first, free):
        assert (kind.channels, kind.spatial) == (3, (4, 5))
    assert (last.channel_axis, first.channel_axis, free.channel_axis) == (3, 1, 3)
    assert first.with_spatial((6, 7), 8).shape == (8, 6, 7)
    assert free.with_spatial((6, 7), 8).shape == (6, 7, 8)


def test_axes_count_the_batch() -> None:
    kind = TensorType((symbol("t"), 3))
    assert [kind.axis(axis) for axis in (1, 2, -1, -2)] == [1, 2, 2, 1]
    assert kind.axes((-1, 1)) == (1, 2)
    assert str(kind) == "[t, 3]"


def test_bound_keeps_ports_apart() -> None:
    bound = Bound({"input": (1,), "initial_state": (2, 3)})
    assert list(bound) == [1, 2, 3]
    assert (len(bound), bound.first, bound.one("input")) == (3, 1, 1)
    assert (bound.many("initial_state"), bound.many("mask")) == ((2, 3), ())
    assert (bound.maybe("input"), bound.maybe("mask")) == (1, None)
    assert bound.map(str).ports() == {"input": ("1",), "initial_state": ("2", "3")}


INLINE: list[tuple[Semantics, float, float]] = [
    ("keras", 0.3, 0.2),
    ("torch", 0.01, 0.01),
]


@pytest.mark.parametrize(("semantics", "layer", "inline"), INLINE)
def test_leaky_relu_as_activation_has_the_slope_of_kerass_function(
    semantics: Semantics, layer: float, inline: float
) -> None:
    alone = OPS.find("leaky_relu").call(None, semantics)
    call = {"units": 3, "activation": "leaky_relu"}
    inside = OPS.find("dense").call(call, semantics).attributes()["activation"]
    assert alone.attributes() == {"negative_slope": layer}
    assert isinstance(inside, Activation)
    assert inside.attributes() == {"negative_slope": inline}


def test_an_activation_may_be_a_call() -> None:
    call = {"units": 3, "activation": {"leaky_relu": 0.5}}
    inside = OPS.find("dense").call(call).attributes()["activation"]
    assert inside == OPS.find("leaky_relu").call(0.5)


@pytest.mark.parametrize("name", ["linear", None])
def test_the_linear_activation_is_none(name: str | None) -> None:
    op = OPS.find("dense").call({"units": 3, "activation": name})
    assert op.attributes()["activation"] is None


def test_an_activation_sees_the_result_of_its_layer() -> None:
    kind = TensorType((4, 3))
    assert activated(None, kind) == kind
    softmax = OPS.find("softmax").call(2)
    assert isinstance(softmax, Activation)
    assert activated(softmax, kind) == kind

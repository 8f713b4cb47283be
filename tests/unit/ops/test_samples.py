"""The ops' samples are what conformance rests on: complete, resolved, distinct."""

from __future__ import annotations

import pytest

from specgraph.definition import Semantics, call_form
from specgraph.ops import OPS
from specgraph.ops.base import Op, Sample
from tests.unit.reference.drawn import every_sample, sample_name, types_of


def _frozen(value: object) -> object:
    """Lists as tuples: how YAML reaches a definition."""
    if isinstance(value, list):
        return tuple(map(_frozen, value))
    if isinstance(value, dict):
        return {name: _frozen(item) for name, item in value.items()}
    return value


@pytest.mark.parametrize("cls", OPS, ids=sample_name)
def test_samples_touch_every_attribute(cls: type[Op]) -> None:
    written = {
        name
        for sample in cls.samples
        for name in cls.attributes_of(sample.call)
        if sample.call is not None
    }
    assert set(cls.model_fields) - written == set()


@pytest.mark.parametrize("cls", OPS, ids=sample_name)
def test_sample_names_differ(cls: type[Op]) -> None:
    names = [sample.name for sample in cls.samples]
    assert len(set(names)) == len(names)


SQUARE = {
    ("relative_position_bias", "window, initializer and penalty"),
    ("relative_position_bias", "square window"),
}
"""Samples of what has axes of one size: the cells of a window see each other."""


@pytest.mark.parametrize(("cls", "sample"), every_sample(), ids=sample_name)
def test_sizes_of_a_sample_input_differ(cls: type[Op], sample: Sample) -> None:
    if (cls.label, sample.name) in SQUARE:
        return
    for entry in sample.inputs:
        sizes = [size for size in entry.shape if size != 1]
        assert len(set(sizes)) == len(sizes)


@pytest.mark.parametrize("other", ["keras", "torch"])
@pytest.mark.parametrize(("cls", "sample"), every_sample(), ids=sample_name)
def test_resolved_op_reads_back_under_any_semantics(
    cls: type[Op], sample: Sample, other: Semantics
) -> None:
    types = types_of(sample)
    op = cls.call(sample.call, sample.semantics).resolve(types)
    again = OPS.parse(_frozen(call_form(op)), other).resolve(types)
    assert again == op
    assert again.infer(types) == op.infer(types)
    assert again.params(types) == op.params(types)


@pytest.mark.parametrize(("cls", "sample"), every_sample(), ids=sample_name)
def test_shapes_do_not_depend_on_resolution(cls: type[Op], sample: Sample) -> None:
    types = types_of(sample)
    op = cls.call(sample.call, sample.semantics)
    assert op.infer(types) == op.resolve(types).infer(types)
    assert op.params(types) == op.resolve(types).params(types)


@pytest.mark.parametrize(("cls", "sample"), every_sample(), ids=sample_name)
def test_weights_have_gates_of_equal_size(cls: type[Op], sample: Sample) -> None:
    types = types_of(sample)
    for param in cls.call(sample.call, sample.semantics).params(types):
        assert not param.gates or param.shape[-1] % len(param.gates) == 0
        assert {gate for gate, _ in param.gate_initializers} <= set(param.gates)

"""Blocks as classes of torch: what they take, and of what type."""

from __future__ import annotations

from specgraph.load import compile_spec, loads
from specgraph_torch import backend


def written(body: str, inputs: str = "{x: [8, 8, 3]}") -> str:
    spec = f"specgraph: 1\nname: tried\ninputs: {inputs}\n{body}"
    return backend.plan(compile_spec(loads(spec))).files["model.py"]


WINDOWS = """
blocks:
  conv:
    params: {size: {type: size, default: [1, 1]}, pad: {type: size, default: 0}}
    layers: [{conv2d: {filters: 3, kernel_size: "${size}", padding: "${pad}"}}]
layers: [conv, {conv: {size: 3, pad: 1}}, {conv: {size: [1, 3], pad: [0, 1]}}]
"""
LATER = """
blocks:
  conv:
    params: {act: str, pad: {type: size, default: 0}}
    layers: [{conv2d: {filters: 3, kernel_size: 3, padding: "${pad}", activation: "${act}"}}]
layers: [{conv: relu}, {conv: {act: tanh, pad: [1, 2]}}]
"""
TURNS = """
layers:
  - for: {size: [[1, 3], [3, 1]]}
    layers: [{conv2d: {filters: 3, kernel_size: "${size}"}}]
"""
WHEN = """
blocks:
  unit:
    params: {sizes: list}
    layers:
      - conv2d: {filters: "${input.channels}", kernel_size: 1}
        when: ${sizes[1] > 1}
      - dense: ${sum(sizes)}
layers: [{unit: {sizes: [3, 2]}}, {unit: {sizes: [4, 1]}}]
"""
POOLS = """
blocks:
  unit:
    params: {filters: int, stride: int}
    layers:
      - conv2d: {filters: "${filters}", kernel_size: 1}
      - max_pool2d: {pool_size: 3, strides: "${stride}", padding: same}
layers:
  - unit: {filters: 4, stride: 2}
  - unit: {filters: 5, stride: 1}
  - unit: {filters: 6, stride: 2}
"""


def test_a_window_is_an_argument_be_it_one_number_or_several() -> None:
    text = written(WINDOWS)
    assert text.count("class ") == 2  # one for the block, one for the model
    assert "size: tuple[int, int] | int = (1, 1)," in text
    assert "pad: int | tuple[int, int] = 0," in text
    assert "nn.Conv2d(in_channels, 3, size, padding=pad)" in text
    assert "Conv(3, size=(1, 3), pad=(0, 1))" in text


def test_the_type_of_a_parameter_holds_its_default_too() -> None:
    assert "pad: tuple[int, int] | int = 0" in written(LATER)


def test_a_loop_walks_lists() -> None:
    assert "for size in ((1, 3), (3, 1))" in written(TURNS)


def test_a_condition_may_ask_for_a_place_in_a_list() -> None:
    text = written(WHEN)
    assert "if sizes[1] > 1" in text
    assert "sizes[0] + sizes[1]" in text


def test_pools_of_several_strides_are_one_class() -> None:
    text = written(POOLS, "{x: [14, 11, 3]}")
    assert text.count("class ") == 2  # one for the block, one for the model

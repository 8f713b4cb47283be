"""Blocks as functions of Keras: what they take, and what they call it."""

from __future__ import annotations

from specgraph.load import compile_spec, loads
from specgraph_keras import backend


def written(body: str, inputs: str = "{x: [8, 8, 3]}") -> str:
    spec = f"specgraph: 1\nname: tried\ninputs: {inputs}\n{body}"
    return backend.plan(compile_spec(loads(spec))).files["model.py"]


BRANCH_OF_A_PARAMETER = """
blocks:
  unit:
    params: {pool: int}
    layers:
      - branches:
          pool: [{max_pool2d: 1}, {conv2d: {filters: "${pool}", kernel_size: 1}}]
          skip: []
        merge: concat
layers: [{unit: 4}, {unit: 6}]
"""
BRANCH_OF_A_VARIABLE = """
layers:
  - branches:
      units: [{dense: 5}]
      deep:
        - for: {units: [4, 5]}
          layers: [{dense: "${units}"}]
    merge: add
"""


def test_no_value_of_a_block_is_called_like_a_parameter() -> None:
    text = written(BRANCH_OF_A_PARAMETER)
    assert "def unit(x, pool, " in text
    assert "layers.Conv2D(pool, 1" in text
    assert "    pool = " not in text


def test_no_value_is_called_like_the_variable_of_a_loop() -> None:
    text = written(BRANCH_OF_A_VARIABLE)
    assert "for i, units in enumerate((4, 5)):" in text
    assert "    units = " not in text
    assert "([units_, " in text


WINDOWS = """
blocks:
  conv:
    params: {size: {type: size, default: 1}, pad: {type: size, default: 0}}
    layers: [{conv2d: {filters: 3, kernel_size: "${size}", padding: "${pad}"}}]
layers: [conv, {conv: {size: 3, pad: 1}}, {conv: {size: [1, 3], pad: [0, 1]}}]
"""
STEPS = """
blocks:
  unit:
    params: {sizes: list, flags: list}
    layers:
      - for: {s: "${sizes}", f: "${flags}"}
        name: steps
        layers: [{conv2d: {filters: "${s}", kernel_size: 1}}, {relu: , when: "${f}"}]
layers:
  - unit: {sizes: [4, 4], flags: [true, false]}
  - unit: {sizes: [5, 6], flags: [false, true]}
"""
ALWAYS = """
layers:
  - for: {act: [false, true, true], pool: [true, false, false]}
    layers:
      - relu: {}
        when: ${act}
      - max_pool2d: 2
        when: ${pool}
      - dense: 3
"""


def test_a_window_is_an_argument_be_it_one_number_or_several() -> None:
    text = written(WINDOWS)
    assert text.count("def ") == 2  # one for the block, one for the model
    assert "def conv(x, size=1, pad=0, name=" in text
    assert "    if pad != 0:\n" in text
    assert "x = conv(x, size=(1, 3), pad=(0, 1), name=" in text


def test_a_loop_over_a_list_of_the_block_walks_that_list() -> None:
    text = written(STEPS)
    assert "for i, (s, f) in enumerate(zip(sizes, flags, strict=True)):" in text
    assert "unit(x, (5, 6), (False, True), name=" in text


def test_no_condition_is_of_constants_alone() -> None:
    text = written(ALWAYS)
    assert "if True" not in text
    assert "if False" not in text

"""Blocks and loops of odd shapes are the same model in every backend."""

from __future__ import annotations

import pytest

from specgraph.load import compile_spec, loads
from specgraph.parity.api import judge
from specgraph.parity.checks import CHECKS
from specgraph.parity.pool import Pool
from specgraph.parity.trial import Settings, gather
from tests.parity.turns import TURNS

BODIES = {
    "a turn that names the input of its loop": """
inputs: {x: [4]}
layers:
  - for: {i: [0, 2]}
    layers:
      - tanh
      - add:
        from: [tanh, x]
      - dense: 4
""",
    "a loop whose variable hides a parameter that is read after it": """
inputs: {x: [5]}
blocks:
  narrow:
    params: {width: int}
    layers:
      - for: {width: [2, 3]}
        layers: [{dense: "${width}"}]
      - dense: ${width}
layers:
  - narrow: 4
  - narrow: 6
""",
    "turns in which nothing is left": """
inputs: {x: [3, 4]}
layers:
  - layers:
      - lstm: 2
        when: "${1 > 2}"
    repeat: 3
  - relu
""",
    "numbers without axes": """
inputs: {x: []}
blocks: {bend: {layers: [tanh]}}
layers:
  - bend:
    repeat: 3
""",
    "a loop that takes what a group around it holds": """
inputs: {x: [5]}
layers:
  - layers:
      - elu
      - relu: {}
        name: inner
      - layers:
          - tanh:
            from: inner
          - abs
        repeat: 1
        name: last
    name: outer
""",
    "a loop that gives several values": """
inputs: {x: [4]}
layers:
  - layers:
      - relu
      - split: 2
    repeat: 1
    name: halves
""",
    "a layer that has the name of what its turn takes": """
inputs: {x: [5]}
layers:
  - layers:
      - tanh:
        name: input
      - abs
    repeat: 2
""",
    "a loop of one layer in a block": """
inputs: {x: [5]}
blocks:
  bend:
    layers:
      - relu
      - layers: [flatten]
        repeat: 2
layers:
  - bend:
    repeat: 2
""",
    "projections of their own in a block": """
inputs: {x: [5, 3]}
blocks:
  mixed:
    layers:
      - multi_head_attention: {num_heads: 3, use_bias: {query: true}}
layers:
  - mixed:
    repeat: 2
""",
    "activations after a norm, of which each use has one or none": """
inputs: {x: [4]}
blocks:
  unit:
    params: {units: int, act: {type: str, default: linear}}
    layers:
      - dense: ${units}
      - batch_norm
      - {silu: , when: "${act == 'silu'}"}
      - {relu: , when: "${act == 'relu'}"}
layers:
  - unit: {units: 5, act: silu}
  - unit: {units: 6, act: relu}
""",
    "turns that add as much each, as many as a list says": """
inputs: {x: [5, 6, 4]}
blocks:
  grow:
    params: {width: int}
    layers:
      - conv2d: {filters: "${2 * width}", kernel_size: 1}
      - dense: ${width}
      - concat: {}
        from: [input, dense]
layers:
  - for: {depth: [2, 3, 1], last: [false, false, true], width: [4, 7, 2]}
    layers:
      - grow: 3
        repeat: ${depth}
      - conv2d: {filters: "${width}", kernel_size: 2}
        when: ${not last}
""",
    "turns that are none under some arguments": """
inputs: {x: [5], mask: {shape: [5], dtype: bool}}
blocks:
  mixed:
    inputs: [x, mask]
    layers:
      - dense: 5
        from: x
      - where:
        from: [mask, dense, x]
  several:
    params: {width: int, depth: int}
    inputs: [x, mask]
    layers:
      - dense: ${width}
        from: x
        repeat: ${depth}
        name: deep
      - dense: 5
      - mixed:
        from: [dense, mask]
        repeat: ${2 * depth}
layers:
  - several: {width: 3, depth: 0}
    from: [x, mask]
  - several: {width: 4, depth: 1}
    from: [several, mask]
  - several: {width: 2, depth: 3}
    from: [several_2, mask]
""",
    "a value that would be called as its block is": """
inputs: {x: [4]}
blocks:
  block1: {layers: [{dense: 4}, tanh]}
layers:
  - block1:
  - dense: 4
    name: other
    from: x
  - add:
    from: [block1, other]
  - block1:
    from: block1
  - add:
    from: [add, block1_2, block1]
""",
    "a turn whose variables are called as others around it": """
inputs: {stem: {shape: [time], dtype: bool}}
layers:
  - squeeze:
    name: "y"
  - layers:
      - layers:
          - cast: {dtype: float32}
            from: "y"
            name: stem2
        repeat: {times: 1, as: i1}
        name: stem3
    name: stem4
outputs: {stem4: stem4}
""",
    "one value's average, of a block that has other axes": """
semantics: torch
inputs: {x: {shape: [4, 5, 3], layout: none}}
blocks: {norm: {layers: [batch_norm]}}
layers: [norm, average, tanh]
outputs: {average: average, tanh: tanh}
""",
    "aliases of aliases, in and behind blocks that have other axes": """
semantics: torch
inputs: {x: {shape: [4, 5, 3], layout: none}}
blocks:
  norm: {layers: [average, batch_norm, average, {linear: , name: last}]}
layers:
  - average
  - norm
  - {linear: , name: between}
  - norm:
    repeat: 2
  - {average: , name: behind}
outputs: {behind: behind}
""",
    "aliases of what layers that are left out pass on": """
semantics: torch
inputs: {x: {shape: [4, 5, 3], layout: none}}
blocks:
  norm:
    params: {on: bool}
    layers:
      - batch_norm:
      - {tanh: , when: "${on}"}
      - {average: , name: last}
layers:
  - norm: true
  - {average: , name: between}
  - norm: false
  - {average: , name: between2}
  - layers: [{tanh: , when: "${i < 2}"}, {average: , name: q}, batch_norm, {average: , name: z}]
    for: {i: [0, 1, 2, 3]}
  - {average: , name: behind}
  - layers: [{norm: false}, average]
    repeat: 0
  - {average: , name: behind2}
  - layers: [{norm: false}, average]
    repeat: 3
  - {average: , name: behind3}
outputs: {behind: behind, behind2: behind2, behind3: behind3}
""",
    "a turn that gives what it takes": """
inputs: {stem: {shape: [time, 3]}}
layers:
  - layers: [{linear: , name: stem2}]
    repeat: {times: 1, as: i0}
    name: stem3
outputs: {stem3: stem3}
""",
}
ALL = {**BODIES, **TURNS}


@pytest.mark.parametrize("layers", ALL.values(), ids=list(ALL))
def test_a_body_is_the_same_model_everywhere(layers: str, pool: Pool) -> None:
    graph = compile_spec(loads(f"specgraph: 1\nname: odd\n{layers}"))
    settings = Settings(frozenset(CHECKS), ("float64",), 1, 0)
    report = judge([graph], gather(("torch", "keras")), settings, pool)
    assert report.passed, report.table()

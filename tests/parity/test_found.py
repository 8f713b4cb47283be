"""Specs that fuzzing found to fail, once: each is right in torch and in Keras."""

from __future__ import annotations

import pytest

from specgraph.diagnostics import SpecError
from specgraph.load import compile_spec, loads
from specgraph.parity.api import judge
from specgraph.parity.pool import Pool
from specgraph.parity.trial import gather
from specgraph.testing.fuzz import settings

FOUND = {
    "two values of a node whose axes are moved": """
inputs: {x2: {shape: [1, 1, 1], layout: channels_first}}
blocks: {block1: {layers: [{branches: {list: [layer_norm], conv: []}, merge: dot}]}}
layers:
  - block1:
""",
    "layers from which no output follows": """
params: {never: false}
inputs: {head: [1, width, 1]}
blocks:
  block1:
    layers:
      - dense: 1
        when: "${never}"
        name: self_attention
      - rms_norm: {}
        name: "y"
    outputs: {first: "y", second: self_attention}
layers:
  - block1:
    repeat: 2
    name: stem
outputs: {out1: stem.second}
""",
    "a stack of one value, repeated": """
inputs: {"y": {shape: [1, 1], layout: channels_last}}
layers:
  - stack: {}
    from: [y, y]
    repeat: 1
""",
    "several values, repeated": """
inputs: {x: [4, 6]}
layers:
  - name: g
    repeat: 1
    layers:
      - top_k: {k: 2}
        repeat: 3
""",
    "a cast to the same type": """
semantics: torch
inputs: {T: {shape: [time], dtype: bool}}
layers:
  - cast: {dtype: float32}
    name: stem
  - cast: {dtype: float32}
    from: stem
  - add:
    name: x
outputs: {x: x}
""",
    "a checked input that a group gives back": """
params: {never: false}
dims: {time: {max: 1}}
inputs: {head: [1, time], list: [1, 1, 1]}
layers:
  - layers:
      - for: {i1: [0]}
        layers:
          - dense: 1
            when: "${never}"
    from: head
outputs: {x3: list}
""",
    "a table of positions behind a repetition": """
params: {p2: 2}
inputs: {T: [time, 1]}
layers:
  - repeat_elements: {repeats: "${p2}", axis: 1}
  - position_embedding: {max_length: 2}
""",
    "a saturated layer, trained": """
inputs: {x: [4]}
layers:
  - dense: 4
  - tanh
train: {optimizer: sgd, loss: mse}
""",
    "a lone layer whose size follows from the turn": """
inputs: {x: {shape: [1, 1, 1], layout: channels_first}}
layers:
  - dense: {units: "${5 * 2 ** (n1 % 2)}"}
    repeat: {times: 3, as: n1}
""",
    "turns that give their input back": """
inputs: {"y": [time, 1]}
layers:
  - branches:
      conv:
        - celu
        - flatten:
      head: []
    name: stem3
    repeat: 3
outputs: {input2: stem3.head, x2: stem3}
""",
    "a block that gives one value twice": """
params: {never: false}
inputs: {input2: [time, 1]}
blocks:
  block1:
    layers:
      - lstm: 1
        name: T
      - lstm: 1
        when: "${never}"
        name: head
    outputs: {first: head, second: T}
layers:
  - block1:
  - layer_scale
""",
    "a smoothed picture that gets taller and one column wide": """
inputs: {x: [2, 2, 1]}
layers:
  - resize: {size: [3, 1], antialias: true}
""",
    "a group norm behind an input, trained": """
inputs: {list: {shape: [1, width, 1], layout: none}}
layers:
  - group_norm: {groups: 1}
    name: list3
outputs: {input2: list, list2: list, list3: list3}
train: {optimizer: sgd, loss: {input2: mae, list2: mae, list3: mae}}
""",
    "loops that share their code": """
params: {p1: 1}
inputs: {x: [time, 1]}
layers:
  - branches:
      for: {n1: [1, 1, 1, 1]}
      layers:
        - for: {n3: [1, 1, 1]}
          layers:
            - simple_rnn: {units: "${p1}", return_sequences: "${n1 != 0}"}
""",
    "an empty block": """
inputs: {stem: {shape: [1, width, 1], layout: none}}
blocks: {block1: {layers: [], params: {flag1: bool}}}
layers:
  - batch_norm:
  - block1: {flag1: false}
  - alpha_dropout: {rate: 0.1}
""",
    "a loop of nothing": """
params: {never: false}
inputs: {input: [time, 1]}
layers:
  - conv1d: {kernel_size: [1], filters: 1}
  - for: {i1: [1, 1, 1]}
    layers:
      - dense: 1
        when: "${never}"
  - local_response_norm: {size: 1}
""",
    "a branch of nothing": """
params: {never: false}
inputs: {list: {shape: [1, width, 1], layout: none}}
layers:
  - depthwise_conv2d: {kernel_size: [1, 1]}
  - branches:
      self_attention:
        - for: {n2: [1, 1, 1, 1]}
          layers:
            - dense: "${3 if n2 == 0 else 1}"
              when: "${never}"
    merge: maximum
""",
    "a branch that gives the input back": """
params: {p1: 1}
inputs: {list: {shape: [time], dtype: bool}}
layers:
  - branches:
      x:
        - not_equal:
          from: [list, list]
      self_attention: []
    name: x
    repeat: 2
  - repeat_elements: {repeats: "${p1}"}
    from: x.self_attention
""",
    "turns that grow": """
inputs: {head: {shape: [time], dtype: int32}}
blocks: {block2: {layers: [{flatten: null}]}}
layers:
  - branches:
      head:
        - block2:
          name: stem4
        - concat: {}
          from: [stem4, stem4, stem4]
      stem: []
    name: x2
    repeat: 4
outputs: {"y": x2.stem, list2: x2}
""",
}


@pytest.mark.parametrize("title", FOUND)
def test_what_fuzzing_found_stays_mended(title: str, pool: Pool) -> None:
    text = f"specgraph: 1\nname: found\n{FOUND[title]}"
    team = gather(("torch", "keras"))
    report = judge([compile_spec(loads(text))], team, settings(11), pool)
    assert report.passed, report.table()


def test_an_input_and_an_output_with_a_loss_cannot_share_a_name() -> None:
    text = """
specgraph: 1
name: found
inputs: {x: [3]}
layers:
  - dense: 3
outputs: {x: x, y: dense}
train: {optimizer: sgd, loss: {x: mse, y: mse}}
"""
    with pytest.raises(SpecError, match="a loss and the name of an input"):
        compile_spec(loads(text))

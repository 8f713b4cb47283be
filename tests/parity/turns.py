"""Bodies of loops and blocks that were once built wrongly."""

TURNS = {
    "an output of a block that nothing takes of the last turn": """
inputs: {x: [9, 3]}
blocks:
  residual:
    params: {dilation: int}
    outputs: {output: add, skip: skip}
    layers:
      - conv1d: {filters: 4, kernel_size: 2, dilation_rate: "${dilation}", padding: causal, activation: tanh}
      - dense: 5
        name: skip
      - dense: 3
        from: conv1d
        name: project
      - add:
        from: [input, project]
layers:
  - residual: ${2 ** i}
    repeat: {times: 3, as: i}
    name: stack
  - add:
    from: [stack.skip.all]
  - global_average_pool1d
train:
  optimizer: {adamw: {learning_rate: 0.01, weight_decay: 0.1}}
  loss: mse
""",
    "a product with a number before a layer of our own": """
inputs: {tokens: {shape: [time], dtype: int32, range: [0, 7]}}
layers:
  - embedding: {input_dim: 7, output_dim: 6}
  - scale: 2.5
  - sinusoidal_position
""",
    "turns of several codes, again and again": """
inputs: {x: [32, 3]}
blocks:
  stage:
    params: {depth: int, act: str}
    outputs: {out: dense, skip: pool}
    layers:
      - for: {pool: "${[false] * (depth - 1) + [true]}"}
        name: inner
        layers:
          - conv1d: {filters: 3, kernel_size: 3, padding: same}
            when: ${not pool}
          - max_pool1d: 2
            when: ${pool}
      - layer_norm:
        name: pool
      - dense: {units: 3, activation: "${act}"}
layers:
  - for: {pool: [false, true, false, false, true, false]}
    name: stem
    layers:
      - conv1d: {filters: "${3 + 2 * (i % 2)}", kernel_size: 3, padding: same}
        repeat: {times: 2, as: i}
        when: ${not pool}
      - max_pool1d: {pool_size: 2, padding: same}
        when: ${pool}
  - stage: {depth: "${j + 2}", act: "${['relu', 'tanh', 'tanh', 'relu'][j]}"}
    name: stages
    repeat: {times: 2, as: j}
  - add:
    from: [stages, stages.skip]
""",
    "turns that are one layer each": """
inputs: {x: [12, 4]}
layers:
  - dense: {units: 4, activation: "${['relu', 'relu', 'tanh', 'linear'][i]}", kernel_initializer: {random_normal: {stddev: 0.1}}}
    repeat: {times: 4, as: i}
  - gru: {units: 4, return_sequences: true}
    repeat: 3
  - lstm: {units: 4, return_sequences: true, recurrent_initializer: "${['orthogonal', 'zeros'][i]}"}
    repeat: {times: 2, as: i}
  - layer_norm: {epsilon: "${0.1 ** (i + 2)}"}
    repeat: {times: 3, as: i}
  - leaky_relu: ${i * 0.1 + 0.1}
    repeat: {times: 3, as: i}
  - conv1d: {filters: 4, kernel_size: "${i + 2}", padding: same, strides: 2, kernel_initializer: {random_normal: {stddev: "${0.1 + i * 0.1}"}}}
    repeat: {times: 3, as: i}
  - dense: {units: 4, kernel_initializer: {random_normal: {stddev: "${0.1 + i * 0.1}"}}}
    repeat: {times: 3, as: i}
""",
    "a turn that is one masked layer": """
inputs: {x: [12, 4], mask: {shape: [12], dtype: bool}}
layers:
  - lstm: {units: 4, return_sequences: true, go_backwards: "${i == 1}"}
    from: {input: x, mask: mask}
    repeat: {times: 3, as: i}
""",
    "an op with axes moved around it, repeated": """
inputs: {x: {shape: [4, 5, 3], layout: none}}
layers:
  - batch_norm:
    repeat: 2
  - prelu: {shared_axes: []}
    repeat: 2
    trainable: false
""",
    "an op that becomes two layers, repeated": """
semantics: torch
inputs: {x: {shape: [6, 7, 3], layout: channels_last}}
layers:
  - depthwise_conv2d: {kernel_size: 3, depth_multiplier: 2, padding: same, strides: [2, 1]}
    repeat: 3
""",
    "a constant and a parameter, repeated": """
inputs: {x: [6, 3]}
layers:
  - constant: {value: [0.5, -1, 2]}
    name: fixed
    repeat: 3
  - parameter: {shape: [3]}
    name: own
    repeat: 2
  - add: {broadcast: true}
    from: [x, fixed, own.output.all]
""",
    "a turn that gives back what it takes, and more": """
inputs: {x: [3]}
layers:
  - branches:
      same: []
      other:
        - dense: 2
    name: both
    repeat: 2
  - relu
outputs: {first: relu, second: both.other}
""",
    "all turns of an op that needs a line around its layer": """
inputs: {x: [4, 3]}
layers:
  - lstm: {units: 3, return_sequences: true}
    name: own
    repeat: 2
  - add:
    from: [x, own.output.all]
""",
    "a line that gives two values, in a model with a loop": """
inputs: {x: [3]}
layers:
  - tanh:
    repeat: 3
  - activity_regularization: {l2: 0.1}
  - linear
""",
    "an identity beside what takes the same axes moved": """
inputs: {x: [8, 3]}
layers:
  - depthwise_conv1d: {kernel_size: 3}
    from: x
  - spatial_dropout1d: 0.125
    from: x
outputs: {conv: depthwise_conv1d, same: spatial_dropout1d}
""",
    "a turn of which one moves axes and others need not": """
semantics: torch
inputs: {y: {shape: [2, 5, 8], layout: channels_first}}
blocks: {bend: {layers: [{layers: [{sigmoid: null, name: input}]}], inputs: [given]}}
layers:
  - layers:
      - bend
      - layers:
          - flatten:
            name: flat
    repeat: 3
""",
    "turns of which one draws nothing": """
inputs: {x: [6, 3]}
blocks:
  late:
    params: {rate: float}
    layers:
      - dense: 3
      - stochastic_depth: ${rate}
      - gaussian_noise: 0.1
      - add:
        from: [input, gaussian_noise]
layers:
  - late: ${0.2 * i}
    repeat: {times: 3, as: i}
  - flatten
  - dense: 2
train: {optimizer: sgd, loss: mse}
""",
    "turns that are counted": """
inputs: {x: [20, 3]}
blocks:
  dilated:
    params: {dilation: int, width: int}
    layers:
      - conv1d: {filters: "${width}", kernel_size: 2, dilation_rate: "${dilation}", padding: causal}
      - add:
        from: [input, conv1d]
layers:
  - dilated: {dilation: "${2 ** (i % 3)}", width: 3}
    repeat: {times: 5, as: i}
  - dense: ${3 * j + 1}
    repeat: {times: 4, as: j}
""",
}

# loops.yaml · sha256 af2db43df7ad · specgraph 0.1.0 · body a242308e751b
"""Repeats of ops, groups and blocks, with and without a counter.

Input   x: float32 [B, 8]
Output  dense: float32 [B, 3]
Parameters: 513
"""

import keras
from keras import layers


def gated(x, gate, units, act="relu", deep=False, name="gated"):
    inner = layers.Dense(units, activation=act, name=f"{name}_dense")(x)  # [B, 6]
    x = inner
    if deep:
        x = layers.Dense(units, name=f"{name}_extra")(inner)  # [B, 6]
    out = layers.Multiply(name=f"{name}_multiply")([x, gate])  # [B, 6]
    return out, inner


def loops():
    inputs = keras.Input((8,), name="x")
    x = layers.Dense(6, activation="tanh", name="first")(inputs)  # [B, 6]
    y = x
    for i in range(3):
        y = layers.Dense(6, activation="relu", name=f"chain_{i}")(y)
    for i, rate in enumerate((0.1, 0.2)):
        y = layers.Dropout(rate, name=f"steps_{i}_dropout")(y)  # [B, 6]
        y = layers.Dense(6, name=f"steps_{i}_dense")(y)  # [B, 6]
        y = layers.LayerNormalization(name=f"steps_{i}_layer_norm")(y)
    y, gates_0_dense = gated(y, x, 6, name="gates_0")
    y, gates_1_dense = gated(y, x, 6, name="gates_1")
    x, _ = gated(y, x, 6, act="tanh", deep=True, name="last")
    x = layers.Concatenate(name="joined")([x, gates_0_dense, gates_1_dense])  # [B, 18]
    x = layers.Dense(3, name="dense")(x)  # [B, 3]
    return keras.Model(inputs, x, name="loops")

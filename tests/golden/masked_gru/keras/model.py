# masked_gru.yaml · sha256 0ea181f4c663 · specgraph 0.1.0 · body b2862682ec5d
"""Words padded with zeros; the mask is a value that is passed on.

Input   words: int32 [B, time]
Output  dense: float32 [B, 1]
Parameters: 1,737
"""

from typing import Any

import keras
from keras import layers, ops


def unmasked(x: Any) -> Any:
    """The value without the mask that Keras would hand on to every later layer."""
    return ops.copy(x)


def masked_gru():
    words = keras.Input((None,), dtype="int32", name="words")
    present = ops.not_equal(words, 0)  # [B, time]
    x = layers.Embedding(100, 8, name="embedding")(words)  # [B, time, 8]
    x = unmasked(
        layers.GRU(10, return_sequences=True, use_cudnn=False, name="gru")(
            x, mask=present
        )
    )  # [B, time, 10]
    x, last_state = layers.GRU(6, return_state=True, use_cudnn=False, name="last")(
        x, mask=present
    )
    x = layers.Concatenate(name="concat")([x, last_state])  # [B, 12]
    x = layers.Dense(1, name="dense")(x)  # [B, 1]
    x = layers.Activation("sigmoid", name="dense_sigmoid")(x)  # [B, 1]
    return keras.Model(words, x, name="masked_gru")

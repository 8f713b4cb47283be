# text_lstm.yaml · sha256 7c4de6143feb · specgraph 0.1.0 · body 4e2972b3edd1
"""Sentiment classifier for token sequences of any length.

Input   tokens: int32 [B, time]
Output  dense_2: float32 [B, 1]
Parameters: 1,419,905
"""

import keras
from keras import layers


def text_lstm():
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    x = layers.Embedding(10000, 128, name="embedding")(tokens)  # [B, time, 128]
    x = layers.LSTM(128, name="lstm")(x)  # [B, 128]
    x = layers.Dense(64, activation="relu", name="dense")(x)  # [B, 64]
    x = layers.Dense(1, name="dense_2")(x)  # [B, 1]
    x = layers.Activation("sigmoid", name="dense_2_sigmoid")(x)  # [B, 1]
    return keras.Model(tokens, x, name="text_lstm")

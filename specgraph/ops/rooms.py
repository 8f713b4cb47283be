"""Which file defines an op: so that a spec loads what it uses, and nothing else."""

from __future__ import annotations

ROOMS: dict[str, str] = {
    "activation": (
        "relu leaky_relu elu selu gelu silu softplus tanh sigmoid hard_sigmoid "
        "relu6 celu mish softsign log_sigmoid hard_silu hard_tanh exponential "
        "squareplus linear softmax log_softmax"
    ),
    "adaptive_pool": (
        "adaptive_average_pool1d adaptive_average_pool2d adaptive_max_pool1d "
        "adaptive_max_pool2d"
    ),
    "attention": "scaled_dot_product_attention masked_softmax",
    "audio": "stft",
    "bidirectional": "bidirectional",
    "cast": "cast one_hot",
    "compare": "not_equal equal greater less",
    "conv": "conv1d conv2d conv3d",
    "conv_lstm": "conv_lstm2d",
    "conv_transpose": "conv1d_transpose conv2d_transpose conv3d_transpose",
    "crop": "crop1d crop2d crop3d",
    "dense": "dense",
    "depthwise": "depthwise_conv1d depthwise_conv2d separable_conv1d separable_conv2d",
    "einsum": "einsum_dense",
    "embedding": "embedding",
    "gate": "glu prelu",
    "global_pool": (
        "global_max_pool1d global_max_pool2d global_average_pool1d "
        "global_average_pool2d global_max_pool3d global_average_pool3d"
    ),
    "group_norm": "group_norm instance_norm local_response_norm",
    "logic": "logical_and logical_or logical_not where",
    "math": (
        "abs sqrt rsqrt exp log sin cos sign round floor power clip scale shift "
        "rescaling"
    ),
    "mel": "mel_filterbank log_mel_spectrogram mfcc",
    "merge": "add subtract multiply divide average maximum minimum concat",
    "multi_head": "multi_head_attention",
    "norm": "batch_norm layer_norm",
    "pad": (
        "zero_pad1d zero_pad2d zero_pad3d reflection_pad1d reflection_pad2d "
        "replication_pad1d replication_pad2d pad"
    ),
    "parameter": "parameter constant",
    "pool": (
        "max_pool1d max_pool2d average_pool1d average_pool2d max_pool3d average_pool3d"
    ),
    "position": "position_embedding sinusoidal_position rotary_embedding",
    "product": "matmul dot einsum",
    "recurrent": "lstm gru simple_rnn",
    "reduce": "sum mean max min prod logsumexp var std cumsum argmax top_k",
    "regularize": (
        "dropout spatial_dropout1d spatial_dropout2d spatial_dropout3d "
        "alpha_dropout gaussian_dropout gaussian_noise stochastic_depth "
        "activity_regularization"
    ),
    "repeat": "stack repeat_vector tile repeat_elements",
    "reshape": "flatten reshape permute expand_dims squeeze",
    "resize": "upsample1d upsample2d upsample3d pixel_shuffle resize",
    "scaling": "rms_norm l2_normalize normalization layer_scale",
    "score_bias": "relative_position_bias alibi",
    "slice": "slice split gather",
    "spectral_norm": "spectral_norm",
    "time_distributed": "time_distributed",
    "weight_norm": "weight_norm",
}
"""By file of this folder, the labels of its ops, as `register_op` holds."""

"""The helpers a torch model file may carry, by name, and the file of `emit/` each is in."""

from __future__ import annotations

HELPERS: dict[str, str] = {
    "PReLU": "activations.py",
    "celu": "activations.py",
    "hard_sigmoid": "activations.py",
    "joint_softmax": "activations.py",
    "relu": "activations.py",
    "selu": "activations.py",
    "squareplus": "activations.py",
    "identity_": "initializers.py",
    "variance_scaling_": "initializers.py",
    "maximum": "merges.py",
    "minimum": "merges.py",
    "Parameter": "modules.py",
    "BatchNorm1d": "norms.py",
    "BatchNorm2d": "norms.py",
    "BatchNorm3d": "norms.py",
    "FrozenBatchNorm1d": "norms.py",
    "FrozenBatchNorm2d": "norms.py",
    "FrozenBatchNorm3d": "norms.py",
    "gru_cell": "recurrent.py",
    "lstm_cell": "recurrent.py",
    "rnn_cell": "recurrent.py",
    "skipping": "recurrent.py",
    "unrolled": "recurrent.py",
    "same_padding": "windows.py",
    "whole_padding": "windows.py",
    "window_mean": "windows.py",
    "window_sum": "windows.py",
}

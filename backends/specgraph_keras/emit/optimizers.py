"""What Keras's optimizers do otherwise than a spec may ask for."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops


class DenseAdam(keras.optimizers.Adam):
    """Adam on whole gradients; Keras squares those of each use of a row by themselves.

    An embedding's gradient comes as one slice an id, and ids repeat.
    """

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        whole = ops.reshape(gradient, variable.shape)  # TensorFlow adds the slices up
        super().update_step(whole, variable, learning_rate)


class CorrectedAdam(DenseAdam):
    """Adam with epsilon added after the bias correction, as in PyTorch; Keras: before.

    √v / √c + ε is (√v + ε √c) / √c, so multiplying ε by the correction √c is enough.
    """

    epsilon: Any

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        step = ops.cast(self.iterations + 1, variable.dtype)
        power = ops.power(ops.cast(self.beta_2, variable.dtype), step)
        epsilon = self.epsilon
        self.epsilon = epsilon * ops.sqrt(1 - power)
        super().update_step(gradient, variable, learning_rate)
        self.epsilon = epsilon


class CoupledDecay(keras.optimizers.Optimizer):
    """Weight decay as a part of the gradient, as in PyTorch; Keras shrinks the weight.

    `exempt` are endings of the paths of weights that do not decay.
    """

    def __init__(self, decay: float, exempt: Sequence[str] = (), **options: Any):
        super().__init__(**options)
        self.decay, self.exempt = decay, exempt

    def build(self, variables: Sequence[Any]) -> None:
        super().build(variables)
        self.exempted = [v.path.endswith(tuple(self.exempt)) for v in variables]

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        if not self.exempted[self._get_variable_index(variable)]:
            gradient = ops.reshape(gradient, variable.shape)  # an embedding's is slices
            gradient = gradient + ops.multiply(variable, self.decay)
        super().update_step(gradient, variable, learning_rate)

"""A functional model of Keras, whatever it runs on: its values, weights, and a pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from specgraph_keras.draws import Draws
from specgraph_keras.opened import Opened, is_nested

Arrays = Mapping[str, NDArray[Any]]
Masks = Mapping[int, NDArray[Any]]
Results = dict[str, NDArray[Any]]


class Portable:
    """One functional model, whose values can be seen."""

    def __init__(
        self, model: Any, dtype: str, found: Mapping[int, Any], watch: Any
    ) -> None:
        self.model = model
        self.siblings: Sequence[Sequence[int]] = watch.siblings
        self.dtype = dtype
        self.values = {tap: value for tap, value in found.items() if _symbolic(value)}
        outputs, opened = model.output, None
        if is_nested(model):
            opened = Opened(model)
            outputs = opened.outputs
            found = {
                tap: opened.value(value, watch.again.get(tap, 0))
                for tap, value in self.values.items()
            }
            self.values = {tap: v for tap, v in found.items() if v is not None}
        names = {str(tap): value for tap, value in self.values.items()}
        self.bare = not isinstance(outputs, dict)
        self.probe = keras.Model(
            list(model.inputs), [{"": outputs} if self.bare else outputs, names]
        )
        self.draws = Draws(self.values)
        if opened is not None:
            opened.forget()

    @property
    def trained(self) -> list[str]:
        """The paths of the trainable variables."""
        return [variable.path for variable in self.model.trainable_variables]

    def tensors(self) -> Results:
        """Every weight and buffer by path; seed states are none."""
        return {v.path: as_array(v.value).copy() for v in self._variables().values()}

    def assign(self, tensors: Arrays) -> None:
        """Sets variables by path."""
        variables = self._variables()
        for key, array in tensors.items():
            if tuple(variables[key].shape) != array.shape:
                shape = list(variables[key].shape)
                raise ValueError(f"{key} is {shape}, not {list(array.shape)}")
            variables[key].assign(array)

    def run(
        self, inputs: Arrays, training: bool, masks: Masks, cotangents: Arrays
    ) -> Results:
        """One pass with its values; gradients are an engine's own matter."""
        given = [self._given(inputs[t.name]) for t in self.model.inputs]
        return {key: as_array(t) for key, t in self._pass(given, training, masks)}

    def _pass(
        self, given: list[Any], training: bool, masks: Masks
    ) -> list[tuple[str, Any]]:
        """The outputs and values of a pass, as tensors of the engine."""
        with self.draws.masked(masks):
            outputs, values = self.probe(given, training=training)
        found = [(f"output:{name}", tensor) for name, tensor in outputs.items()]
        return found + [(f"value:{tap}", values[str(tap)]) for tap in self.values]

    def _given(self, array: NDArray[Any]) -> Any:
        """An input as a tensor of the engine."""
        floating = np.issubdtype(array.dtype, np.floating)
        dtype = self.dtype if floating else str(array.dtype)
        return keras.ops.convert_to_tensor(array, dtype)

    def _variables(self) -> dict[str, Any]:
        return {variable.path: variable for variable in self.model.weights}


def as_array(tensor: Any) -> NDArray[Any]:
    """A tensor as NumPy's; half precision, which NumPy has not all of, as float32."""
    found = keras.ops.convert_to_numpy(tensor)
    if str(found.dtype) in ("bfloat16", "float16"):
        return np.asarray(found.astype(np.float32))
    return np.array(found)


def _symbolic(value: Any) -> bool:
    return isinstance(value, keras.KerasTensor)


def distinct(tensors: Mapping[str, Any]) -> dict[str, Any]:
    """Each tensor once, by its first name: what it is again has no gradient of its own."""
    firsts = {id(tensor): key for key, tensor in reversed(list(tensors.items()))}
    return {key: t for key, t in tensors.items() if firsts[id(t)] == key}

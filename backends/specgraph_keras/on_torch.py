"""Runs emitted Keras files on torch, with torch's gradients."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

os.environ["KERAS_BACKEND"] = "torch"

import keras
import torch

from specgraph_keras.portable import Arrays, Masks, Portable, Results, as_array
from specgraph_torch.autograd import direct, distinct, gradients


class Runtime:
    """Keras on torch, on one thread, on the CPU."""

    def __init__(self, dtype: str) -> None:
        torch.set_num_threads(1)
        torch.use_deterministic_algorithms(True)
        torch.set_flush_denormal(True)
        keras.config.set_floatx(dtype)
        keras.config.set_dtype_policy(dtype)
        self.dtype = dtype
        self.environment = {"torch": str(torch.__version__)}

    def open(self, entry: Callable[[], Any], watch: Any) -> OnTorch:
        """The model of an entry point, its values watched while it is built."""
        keras.utils.set_random_seed(0)
        with watch.recording():
            model = entry()
        return OnTorch(model, self.dtype, dict(sorted(watch.found.items())), watch)


class OnTorch(Portable):
    """One functional model on torch."""

    def run(
        self, inputs: Arrays, training: bool, masks: Masks, cotangents: Arrays
    ) -> Results:
        """One pass with its values, and their gradients where there are cotangents."""
        given = {t.name: self._given(inputs[t.name]) for t in self.model.inputs}
        for tensor in given.values():
            tensor.requires_grad_(tensor.is_floating_point() and bool(cotangents))
        with torch.set_grad_enabled(bool(cotangents)):
            tensors = dict(self._pass(list(given.values()), training, masks))
        found = {key: as_array(tensor) for key, tensor in tensors.items()}
        entered = {f"input:{name}": tensor for name, tensor in given.items()}
        weights = {f"weight:{v.path}": v.value for v in self.model.trainable_variables}
        taps = {key: t for key, t in tensors.items() if key.startswith("value:")}
        sources = distinct({**entered, **taps, **weights})
        total = self._total({**entered, **tensors}, cotangents)
        if total is not None:
            found |= gradients(total, sources, bool(self.siblings))
            for siblings in self.siblings:
                found |= direct(found, sources, siblings)
        return found

    def _total(self, tensors: Mapping[str, Any], cotangents: Arrays) -> Any:
        terms = [
            (tensors[key] * self._given(weight)).sum()
            for key, weight in cotangents.items()
            if key in tensors
        ]
        return torch.stack(terms).sum() if terms else None

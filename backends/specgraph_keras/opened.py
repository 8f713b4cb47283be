"""A functional model with the models in it written out: what they compute can be seen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras

Order = tuple[int, ...]
"""Which use it is of each of the models around, outermost first."""


class Opened:
    """Outputs of a model by its own layers alone, and what became of its values."""

    def __init__(self, model: Any) -> None:
        self.copies: dict[int, list[tuple[Order, Any]]] = {}
        self._before = [
            (operation, len(operation._inbound_nodes), len(operation._outbound_nodes))
            for operation in _operations(model)
        ]
        flat = self._run(model, list(model.inputs), ())
        self.outputs = keras.tree.pack_sequence_as(model.output, flat)

    def value(self, value: Any, use: int) -> Any:
        """What a value of some model is the given time that the model is used."""
        found = sorted(self.copies.get(id(value), ()), key=lambda copy: copy[0])
        return found[use][1] if use < len(found) else None

    def forget(self) -> None:
        """Makes the layers those of the model alone again, each called as often."""
        for operation, inbound, outbound in self._before:
            del operation._inbound_nodes[inbound:]
            del operation._outbound_nodes[outbound:]

    def _run(self, model: Any, inputs: list[Any], order: Order) -> list[Any]:
        tensors = {
            id(own): given for own, given in zip(model.inputs, inputs, strict=True)
        }
        for depth in sorted(model._nodes_by_depth, reverse=True):
            for node in model._nodes_by_depth[depth]:
                if node.is_input:
                    continue
                args, named = node.arguments.fill_in(tensors)
                operation = node.operation
                if isinstance(operation, keras.Model):
                    use = operation._inbound_nodes.index(node)
                    given = _together(keras.tree.flatten(args))
                    made = _together(self._run(operation, given, (*order, use)))
                else:
                    made = keras.tree.flatten(operation(*args, **named))
                for own, copy in zip(node.outputs, made, strict=True):
                    tensors[id(own)] = copy
                    self.copies.setdefault(id(own), []).append((order, copy))
        return [tensors[id(own)] for own in model.outputs]


class _Together(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """Several values, once all are there, as a model takes and gives them."""

    def call(self, inputs: Any) -> Any:
        """The values."""
        return inputs


def _together(values: list[Any]) -> list[Any]:
    return list(_Together()(values)) if len(values) > 1 else values


def is_nested(model: Any) -> bool:
    """Whether a model holds models."""
    return any(isinstance(one, keras.Model) for one in model.operations)


def _operations(model: Any) -> Iterator[Any]:
    """The layers and functions of a model and of those in it."""
    for operation in model.operations:
        yield operation
        if isinstance(operation, keras.Model):
            yield from _operations(operation)

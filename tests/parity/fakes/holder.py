"""A runtime whose models hold what they are given."""

from typing import Any


class Model:
    trained: list[str] = []

    def __init__(self) -> None:
        self.held: dict[str, Any] = {}

    def assign(self, tensors: dict[str, Any]) -> None:
        self.held = dict(tensors)

    def tensors(self) -> dict[str, Any]:
        return self.held


class Runtime:
    environment: dict[str, str] = {}

    def __init__(self, dtype: str) -> None:
        pass

    def open(self, entry: Any, watch: Any) -> Model:
        entry()
        return Model()

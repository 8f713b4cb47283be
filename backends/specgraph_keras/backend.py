"""The Backend object of Keras 3."""

from __future__ import annotations

from typing import ClassVar

from specgraph.backend import Engine
from specgraph.ir.graph import Graph
from specgraph.lower.deviations import deviate
from specgraph.lower.plan import Plan
from specgraph.lower.rules import Rules
from specgraph.ops.base import Op
from specgraph_keras.module import model
from specgraph_keras.rules import RULES
from specgraph_keras.train import KerasTraining

FOREIGN = dict.fromkeys(
    ("loss", "train"), "train.py is for Keras on TensorFlow; the model is compared"
)
"""What an engine is not put to."""


class KerasBackend:
    """Emits model.py and train.py for Keras 3."""

    name = "keras"
    requires = ("keras", "tensorflow")
    worker = "specgraph_keras.runtime"
    engines: ClassVar[dict[str, Engine]] = {
        "torch": Engine(
            "specgraph_keras.on_torch", ("keras", "torch"), without=FOREIGN
        ),
        "jax": Engine(
            "specgraph_keras.on_jax",
            ("keras", "jax"),
            without={"gradients": "only the pass forward is compared", **FOREIGN},
        ),
    }
    weight_files = {".weights.h5": "specgraph_keras.weights_io"}

    @property
    def rules(self) -> Rules[Op]:
        """How each op becomes a layer."""
        return RULES

    def plan(self, graph: Graph) -> Plan:
        """The files and maps of a canonical graph; raises SpecError for gaps."""
        graph = deviate(graph, self.name)
        program, plan = model(graph, RULES, self.name)
        if graph.training is not None:
            train = KerasTraining(program, plan.entry, plan.slots, plan.logits_layer)
            plan.files["train.py"] = train.file()
        return plan


backend = KerasBackend()

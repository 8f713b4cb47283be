"""The Backend object of TensorFlow."""

from __future__ import annotations

from specgraph.ir.graph import Graph
from specgraph.lower.deviations import deviate
from specgraph.lower.plan import Plan
from specgraph.lower.rules import Rules
from specgraph.ops.base import Op
from specgraph_keras.module import model
from specgraph_keras.rules import RULES as KERAS
from specgraph_tensorflow.train import TensorFlowTraining

RULES: Rules[Op] = Rules("tensorflow", parent=KERAS)


class TensorFlowBackend:
    """Emits model.py and train.py for TensorFlow."""

    name = "tensorflow"
    requires = ("tensorflow",)
    worker = "specgraph_keras.runtime"
    weight_files = {".weights.h5": "specgraph_keras.weights_io"}

    @property
    def rules(self) -> Rules[Op]:
        """How each op becomes a layer."""
        return RULES

    def plan(self, graph: Graph) -> Plan:
        """The files and maps of a canonical graph; raises SpecError for gaps."""
        graph = deviate(graph, self.name)
        program, plan = model(graph, RULES, self.name, "tensorflow.keras")
        if graph.training is not None:
            train = TensorFlowTraining(
                program, plan.entry, plan.slots, plan.logits_layer
            )
            plan.files["train.py"] = train.file()
        return plan


backend = TensorFlowBackend()

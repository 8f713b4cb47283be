"""The Backend object of TensorFlow."""

from __future__ import annotations

from specgraph.ir.graph import Graph
from specgraph.lower.deviations import deviate
from specgraph.lower.layout import arrange, channels_last
from specgraph.lower.plan import Plan
from specgraph.lower.program import legalize
from specgraph.lower.rules import Rules
from specgraph.ops.base import Op
from specgraph_keras.module import KerasModule
from specgraph_keras.rules import RULES as KERAS

RULES: Rules[Op] = Rules("tensorflow", parent=KERAS)


class TensorFlowBackend:
    """Emits model.py and train.py for TensorFlow."""

    name = "tensorflow"
    requires = ("tensorflow",)
    worker = "specgraph_keras.runtime"

    @property
    def rules(self) -> Rules[Op]:
        """How each op becomes a layer."""
        return RULES

    def plan(self, graph: Graph) -> Plan:
        """The files and maps of a canonical graph; raises SpecError for gaps."""
        graph = deviate(graph, self.name)
        program = arrange(graph, legalize(graph, RULES), channels_last)
        return KerasModule(program, self.name, "tensorflow.keras").plan()


backend = TensorFlowBackend()

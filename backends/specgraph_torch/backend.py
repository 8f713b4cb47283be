"""The Backend object of torch."""

from __future__ import annotations

from specgraph.ir.graph import Graph
from specgraph.lower.deviations import deviate
from specgraph.lower.layout import arrange, channels_first
from specgraph.lower.plan import Plan
from specgraph.lower.program import legalize
from specgraph.lower.rules import Rules
from specgraph.ops.base import Op
from specgraph_torch.module import TorchModule
from specgraph_torch.rules import RULES
from specgraph_torch.train import TorchTraining


class TorchBackend:
    """Emits model.py and train.py for torch."""

    name = "torch"
    requires = ("torch",)
    worker = "specgraph_torch.runtime"
    weight_files = {".pt": "specgraph_torch.weights_io"}

    @property
    def rules(self) -> Rules[Op]:
        """How each op becomes a layer."""
        return RULES

    def plan(self, graph: Graph) -> Plan:
        """The files and maps of a canonical graph; raises SpecError for gaps."""
        graph = deviate(graph, self.name)
        program = arrange(graph, legalize(graph, RULES), channels_first)
        plan = TorchModule(program).plan()
        if graph.training is not None:
            train = TorchTraining(program, plan.entry, plan.slots)
            plan.files["train.py"] = train.file()
        return plan


backend = TorchBackend()

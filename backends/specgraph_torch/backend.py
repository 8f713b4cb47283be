"""The Backend object of torch."""

from __future__ import annotations

from specgraph.ir.graph import Graph, steps
from specgraph.lower.deviations import deviate
from specgraph.lower.layout import arrange, channels_first
from specgraph.lower.merge import NotUniform
from specgraph.lower.plan import Plan
from specgraph.lower.program import Program, legalize
from specgraph.lower.rules import Rules
from specgraph.ops.base import Op
from specgraph_torch.helpers import HELPERS
from specgraph_torch.module import RESERVED, TorchModule
from specgraph_torch.parts import TorchParts
from specgraph_torch.rules import RULES
from specgraph_torch.train import TorchTraining


class TorchBackend:
    """Emits model.py and train.py for torch."""

    name = "torch"
    requires = ("torch",)
    worker = "specgraph_torch.runtime"
    weight_files = dict.fromkeys((".pt", ".pth"), "specgraph_torch.weights_io")

    @property
    def rules(self) -> Rules[Op]:
        """How each op becomes a layer."""
        return RULES

    def plan(self, graph: Graph) -> Plan:
        """The files and maps of a canonical graph; raises SpecError for gaps."""
        graph = deviate(graph, self.name)
        program, plan = self._model(graph)
        if graph.training is not None:
            train = TorchTraining(program, plan.entry, plan.slots)
            plan.files["train.py"] = train.file()
        return plan

    def _model(self, graph: Graph) -> tuple[Program, Plan]:
        """The model, its blocks as classes; written out where they differ too much."""
        flat = not graph.calls
        try:
            if not flat:
                return self._with_classes(graph)
        except NotUniform:
            pass
        program = arrange(graph, legalize(graph, RULES), channels_first)
        return program, TorchModule(program).plan()

    def _with_classes(self, graph: Graph) -> tuple[Program, Plan]:
        uses = legalize(graph, RULES, steps(graph.items))
        program = arrange(graph, uses, channels_first)
        reserved = RESERVED | HELPERS.keys()
        module = TorchModule(
            program, lambda dialect: TorchParts(graph, RULES, dialect, reserved)
        )
        return program, module.plan()


backend = TorchBackend()

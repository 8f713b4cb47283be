"""Random specs are the same models in torch and Keras."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, Phase, assume, given, settings

from specgraph.load import compile_spec, load
from specgraph.parity.api import judge
from specgraph.parity.pool import Pool
from specgraph.parity.trial import Settings, gather
from specgraph.testing.fuzz import is_tame
from specgraph.testing.projects import Project, projects
from specgraph.testing.suite import gap

TEAM = ("torch", "keras")
CHECKED = Settings(frozenset({"structure", "outputs", "gradients"}), ("float64",), 1, 0)


def test_a_random_spec_is_the_same_model_in_torch_and_keras(pool: Pool) -> None:
    team = gather(TEAM)

    @settings(
        max_examples=25,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
    )
    @given(projects())
    def judged(project: Project) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = project.write(Path(folder))
            graphs = [compile_spec(load(path, variant=v)) for v in project.variants]
            graphs = [graph for graph in graphs if is_tame(graph)]
            assume(graphs)
            assume(not any(gap(name, graph) for name in TEAM for graph in graphs))
            report = judge(graphs, team, CHECKED, pool)
        assert report.passed, f"{report.table()}\n\n{project.text}"

    judged()

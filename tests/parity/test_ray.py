"""Specs spread over a Ray cluster of two nodes give the report that one process gives."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from specgraph.parity.api import parity

SPEC = """
specgraph: 1
name: m{number}
inputs: {{x: [4]}}
layers:
  - dense: {units}
  - gelu
"""


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Two nodes with one processor each, and this process connected to them."""
    ray = pytest.importorskip("ray")
    utils = pytest.importorskip("ray.cluster_utils")
    found = utils.Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    found.add_node(num_cpus=1)
    ray.init(address=found.address, log_to_driver=False)
    yield found
    ray.shutdown()
    found.shutdown()


def test_two_nodes_give_the_same_report(cluster: Any, tmp_path: Path) -> None:
    nodes_of: Any = import_module("ray").nodes
    paths = []
    for number in range(4):
        path = tmp_path / f"m{number}.yaml"
        path.write_text(SPEC.format(number=number, units=number + 2))
        paths.append(path)
    args = (["torch"], None, ("float64",), 1)
    alone = parity(paths, *args)
    seen: list[str] = []
    spread = parity(
        paths,
        *args,
        jobs=2,
        executor="ray",
        progress=lambda done, total, title: seen.append(title),
    )
    assert spread.passed
    assert spread.to_json() == alone.to_json()
    assert seen == ["m0", "m1", "m2", "m3"]
    nodes = {node["NodeID"] for node in nodes_of() if node["Alive"]}
    assert len(nodes) == 2

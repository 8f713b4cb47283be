"""What a rule cannot build is stated beside it, and no more than that."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from specgraph.diagnostics import SpecError
from specgraph.load import plan_for
from specgraph.ops import OPS
from specgraph.plugins import backend_names, find_backend, load_ops
from specgraph.samples import sample_graph

RULES = Path(__file__).parents[3] / "backends"


@pytest.mark.parametrize("backend", backend_names())
def test_a_use_that_is_said_to_be_refused_is(backend: str) -> None:
    load_ops()
    rules = find_backend(backend).rules
    for op in OPS:
        for use in rules.refused(op):
            with pytest.raises(SpecError) as error:
                plan_for(sample_graph(op, use), backend)
            assert [d.code for d in error.value.diagnostics] == ["unsupported-op"]


def test_every_gap_of_a_rule_is_stated() -> None:
    raised, stated = Counter[str](), Counter[str]()
    for path in RULES.glob("*/rules/*.py"):
        text = path.read_text()
        raised[path.name] += text.count("raise Gap(")
        stated[path.name] += text.count("RULES.refuses(")
    assert raised.total() and raised == stated

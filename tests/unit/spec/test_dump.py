"""Plain data written as YAML reads back as the same data."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from specgraph.spec.dump import dump, scalar
from specgraph.spec.source import parse

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(1 - 2**63, 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.text()
    | st.sampled_from(["no", "Null", "1e3", "0x1F", "a: b", "- a", "${n}", "<<", "~"])
)
KEYS = st.text(min_size=1) | st.sampled_from(["n", "true", "3", "a b", "null"])
DATA = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3)
    ),
    max_leaves=12,
)


@given(st.dictionaries(KEYS, DATA, min_size=1, max_size=4))
def test_dumped_data_reads_back(data: dict[str, object]) -> None:
    text = dump(data)
    assert parse(text, "t").root.plain() == data


def test_numbers_that_are_none_have_their_yaml_names() -> None:
    assert [scalar(x) for x in (math.inf, -math.inf, math.nan)] == [
        ".inf",
        "-.inf",
        ".nan",
    ]

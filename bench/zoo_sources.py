"""The time to the source of the whole zoo: all specs, all variants, three backends."""

from __future__ import annotations

import sys
import time

from bench.emitted import ROOT
from bench.pairs import report
from specgraph.load import compile_spec, load, plan_for

BACKENDS = ("torch", "keras", "tensorflow")
BOUND = 5.0
"""Seconds, for all."""
LARGE = [("vision/resnet", "resnet152"), ("text/bert", "bert_large")]
"""Each of these alone, in torch."""
LARGE_BOUND = 0.3
"""Seconds, for each of them."""


def main() -> bool:
    """Prints the time, the least of three rounds; whether it keeps its bound."""
    paths = sorted(
        path
        for path in (ROOT / "specs").glob("*/*.yaml")
        if path.parent.name not in ("blocks", "maps")
    )
    compile_spec(load(paths[0]))  # imports the ops
    for backend in BACKENDS:
        plan_for(compile_spec(load(paths[0])), backend)
    times = []
    for _ in range(3):
        start, count = time.perf_counter(), 0
        for path in paths:
            for variant in ("", *load(path).variants):
                graph = compile_spec(load(path, variant=variant))
                count += sum(bool(plan_for(graph, name).files) for name in BACKENDS)
        times.append(time.perf_counter() - start)
    kept = report(f"source of {count} models of the zoo, seconds", min(times), BOUND)
    for spec, variant in LARGE:
        took = min(seconds_of(spec, variant) for _ in range(5))
        title = f"source of {spec} {variant}, seconds"
        kept = report(title, took, LARGE_BOUND) and kept
    return kept


def seconds_of(spec: str, variant: str) -> float:
    """The time to one model's source in torch."""
    start = time.perf_counter()
    graph = compile_spec(load(ROOT / "specs" / f"{spec}.yaml", variant=variant))
    assert plan_for(graph, "torch").files
    return time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(not main())

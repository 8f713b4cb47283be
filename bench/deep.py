"""Deep specs: against Keras building the same model, and linear to 100,000 layers."""

from __future__ import annotations

import os
import subprocess
import sys
import time

from bench.pairs import report

ROW = """\
  - branches:
      main:
        - conv2d: {filters: 8, kernel_size: 3, padding: same}
        - batch_norm
        - relu
      shortcut: []
    merge: add
"""
HEAD = "specgraph: 1\nname: deep\ninputs: {image: [16, 16, 8]}\nlayers:\n"
LAYERS_IN_ROW = 4


def spec_text(layers: int) -> str:
    """A flat residual spec of about this many layers."""
    return HEAD + ROW * (layers // LAYERS_IN_ROW)


def ours(layers: int) -> float:
    """Seconds from YAML to torch source."""
    from specgraph.load import compile_spec, loads, plan_for
    from specgraph.plugins import find_backend

    find_backend("torch")
    text = spec_text(layers)
    start = time.perf_counter()
    plan_for(compile_spec(loads(text)), "torch")
    return time.perf_counter() - start


def peer(layers: int) -> float:
    """Seconds that Keras takes to build the same functional model."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.setrecursionlimit(100_000)  # Keras maps a graph by recursion
    from keras import Input, Model
    from keras import layers as kl

    start = time.perf_counter()
    image = x = Input((16, 16, 8))
    for _ in range(layers // LAYERS_IN_ROW):
        y = kl.Conv2D(8, 3, padding="same")(x)
        y = kl.BatchNormalization()(y)
        y = kl.ReLU()(y)
        x = kl.Add()([y, x])
    Model(image, x)
    return time.perf_counter() - start


def growth(layers: int) -> tuple[float, float]:
    """Seconds and peak megabytes of a process of its own that compiles so many."""
    code = (
        "import resource; from bench.deep import ours; ours(40); "
        f"t = ours({layers}); "
        "print(t, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    seconds, megabytes = done.stdout.split()
    return float(seconds), float(megabytes)


def main() -> bool:
    """Prints the ratios; whether they keep their bounds."""
    small, large = growth(10_000), growth(100_000)  # a child's peak counts its parent's
    note = f"{small[0]:.2f} s, {large[0]:.2f} s"
    good = report(
        "time, 100,000 layers / 10 × 10,000", large[0] / small[0] / 10, 1.5, note
    )
    note = f"{small[1]:.0f} MB, {large[1]:.0f} MB"
    good &= report(
        "memory, 100,000 layers / 10 × 10,000", large[1] / small[1] / 10, 1.2, note
    )
    ours(40)
    peer(40)
    times = [(ours(1600), peer(1600)) for _ in range(3)]
    found = sorted(a for a, _ in times)[1] / sorted(b for _, b in times)[1]
    title = "1,600 residual layers to torch source / Keras model"
    return report(title, found, 0.1) and good


if __name__ == "__main__":
    sys.exit(not main())

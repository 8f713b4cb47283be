"""A cold `specgraph build` of the seed CNN against a bare `import torch`."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.pairs import ratio, report

ROOT = Path(__file__).resolve().parents[1]


def main() -> bool:
    """Prints the ratio; whether it keeps its bound."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if name != "PYTHONDONTWRITEBYTECODE"
    }
    with tempfile.TemporaryDirectory() as folder:
        spec = ROOT / "specs/seed/mnist_cnn.yaml"
        command = [
            *(sys.executable, "-m", "specgraph_cli", "build", str(spec)),
            *("--backend", "torch", "--out", folder, "--force"),
        ]

        def build() -> None:
            subprocess.run(command, check=True, env=environment, capture_output=True)

        def import_torch() -> None:
            subprocess.run(
                [sys.executable, "-c", "import torch"], check=True, env=environment
            )

        found = ratio(build, import_torch, rounds=7)
    return report("cold build of mnist_cnn / import torch", found, 0.25)


if __name__ == "__main__":
    sys.exit(not main())

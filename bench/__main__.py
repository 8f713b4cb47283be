"""Runs every benchmark, each in a process of its own; exits 1 if a bound is missed."""

import subprocess
import sys

NAMES = ("cold_build", "zoo_sources", "deep", "seeds", "zoo_torch", "zoo_keras")

codes = [
    subprocess.run([sys.executable, "-m", f"bench.{name}"]).returncode
    for name in sys.argv[1:] or NAMES
]
sys.exit(any(codes))

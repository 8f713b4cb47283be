"""The golden files: what specs become in each backend, written by one command.

`python -m tests.golden.update` writes them; read the difference in review as prose.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from specgraph.load import compile_spec, load, plan_for

HERE = Path(__file__).resolve().parent
SEEDS = HERE.parents[1] / "specs" / "seed"
BACKENDS = ("torch", "keras", "tensorflow")


def specs() -> list[Path]:
    """The seeds, and the specs that stand beside their golden files."""
    return [*sorted(SEEDS.glob("*.yaml")), *sorted(HERE.glob("*/*.yaml"))]


def emitted(spec: Path) -> Iterator[tuple[Path, str]]:
    """What a spec becomes: the path of each golden file, and its text."""
    graph = compile_spec(load(spec))
    for backend in BACKENDS:
        for name, text in plan_for(graph, backend).files.items():
            yield HERE / spec.stem / backend / name, text


def main() -> None:
    """Writes every golden file, and removes those that nothing gives any more."""
    given = {path: text for spec in specs() for path, text in emitted(spec)}
    for path in set(HERE.glob("*/*/*.py")) - set(given):
        path.unlink()
    for path, text in given.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()

"""Keys held against keys: what is missing, surplus, misshapen, and likely renames."""

from __future__ import annotations

from collections.abc import Mapping

from specgraph.diagnostics import Diagnostic, closest
from specgraph.weights.errors import WeightsError
from specgraph.weights.layers import layers_of

Shapes = Mapping[str, tuple[int, ...]]


def check_keys(file: str, expected: Shapes, found: Shapes) -> None:
    """WeightsError that lists every difference; nothing where there is none."""
    problems = [
        Diagnostic(
            "weights-shape",
            f"{file}: {key} is {list(found[key])}, "
            f"the model needs {list(expected[key])}",
        )
        for key in expected
        if key in found and found[key] != expected[key]
    ]
    missing = {key: shape for key, shape in expected.items() if key not in found}
    surplus = {key: shape for key, shape in found.items() if key not in expected}
    likely = renames(expected, found)
    for key, shape in missing.items():
        old = likely.get(key)
        hint = f"probably {old} of the file, renamed" if old else ""
        message = f"{file}: {key} {list(shape)} is missing"
        problems.append(Diagnostic("weights-missing", message, hint=hint))
    renamed = {old: new for new, old in likely.items()}
    for key, shape in surplus.items():
        new = renamed.get(key)
        hint = f"probably {new} of the model, before it was renamed" if new else ""
        message = f"{file}: the model has no {key} {list(shape)}"
        problems.append(Diagnostic("weights-surplus", message, hint=hint))
    if problems:
        raise WeightsError(*problems)


def renames(expected: Shapes, found: Shapes) -> dict[str, str]:
    """For keys of the model that the file lacks or misshapes, the likely key in it.

    Tensors of a layer move together: a layer of the file is likely where it alone has
    the same tensors, or where of several it has the closest name.
    """
    ours = {layer.name: layer for layer in layers_of(expected)}
    theirs = {layer.name: layer for layer in layers_of(found)}
    kinds = {name: layer.by_name for name, layer in theirs.items()}
    pool: dict[object, list[str]] = {}
    for name, kind in kinds.items():
        if name not in ours or ours[name].by_name != kind:
            pool.setdefault(kind, []).append(name)
    likely = {}
    for name, layer in ours.items():
        fitting = pool.get(layer.by_name, [])
        if not fitting or kinds.get(name) == layer.by_name:
            continue
        best = fitting[0] if len(fitting) == 1 else closest(name, fitting)
        if best is None:
            continue
        fitting.remove(best)
        old = theirs[best].keys
        likely.update({key: old[local] for local, key in layer.keys.items()})
    return likely

"""What is wrong with weights, told like what is wrong with a spec."""

from __future__ import annotations

from specgraph.diagnostics import Diagnostic, SpecError


class WeightsError(SpecError):
    """Weights that are refused; carries every problem found."""


class WorkerError(Exception):
    """A framework that is missing, or whose process died."""


def refuse(code: str, message: str, hint: str = "") -> WeightsError:
    """The error of a single problem."""
    return WeightsError(Diagnostic(code, message, hint=hint))

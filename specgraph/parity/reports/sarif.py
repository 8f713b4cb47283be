"""A report as SARIF: a result for every failure."""

from __future__ import annotations

from specgraph.parity.report import Report
from specgraph.sarif import Result, document

MEANINGS = {
    "structure": "Names, shapes, dtypes and parameters are those of the spec.",
    "weights": "Weights come back as they went in, and start as the spec says.",
    "outputs": "Outputs are those of the reference.",
    "layers": "The value of every layer is that of the reference.",
    "loss": "The loss is that of the reference.",
    "gradients": "Every gradient is that of the reference.",
    "buffers": "What a training pass leaves behind is that of the reference.",
    "train": "Every optimizer step is that of the reference.",
    "random": "What is drawn at random is drawn as often and as far as it should.",
}
"""What it means that a check passes."""


def sarif(report: Report) -> str:
    """The report as SARIF 2.1.0."""
    rules = {f"parity/{check}": text for check, text in MEANINGS.items()}
    results = []
    for check in report.failures:
        text = "\n".join(report.lines_of(check))
        rule = f"parity/{check.check}"
        results.append(Result(rule, text, *report.where(check)))
    return document(rules, results, ran=report.exit_code != 3)

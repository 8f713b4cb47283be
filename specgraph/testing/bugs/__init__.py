"""Bugs of emitters, as data: what `specgraph selftest` seeds, one at a time."""

from specgraph.testing.bugs.constraints import CONSTRAINT_MUTANTS, LIMITED_SPECS
from specgraph.testing.bugs.masks import MASK_MUTANTS, MASKED
from specgraph.testing.bugs.models import MODEL_MUTANTS, SPECS
from specgraph.testing.bugs.seeded import KINDS, Mutant, MutatedBackend
from specgraph.testing.bugs.starts import DRAWN, START_MUTANTS
from specgraph.testing.bugs.training import TRAINING_MUTANTS

MUTANTS = (
    *MODEL_MUTANTS,
    *MASK_MUTANTS,
    *TRAINING_MUTANTS,
    *START_MUTANTS,
    *CONSTRAINT_MUTANTS,
)
CORRECT = {**SPECS, "masked": MASKED, "drawn": DRAWN, **LIMITED_SPECS}
"""The specs of all mutants, by name: without a bug nothing may be caught."""

__all__ = ["CORRECT", "KINDS", "MUTANTS", "Mutant", "MutatedBackend"]

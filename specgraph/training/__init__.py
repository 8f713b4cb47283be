"""What a loss, optimizer, metric, initializer, regularizer and constraint is."""

from specgraph.training.config import Training, parse_training
from specgraph.training.constraints import CONSTRAINTS, Constraint
from specgraph.training.initializers import INITIALIZERS, Initializer, fans
from specgraph.training.losses import LOSSES, Loss
from specgraph.training.metrics import METRICS, Metric
from specgraph.training.optimizers import OPTIMIZERS, Optimizer, excludes
from specgraph.training.regularizers import REGULARIZERS, Regularizer
from specgraph.training.sinusoidal import Sinusoidal

__all__ = [
    "CONSTRAINTS",
    "INITIALIZERS",
    "LOSSES",
    "METRICS",
    "OPTIMIZERS",
    "REGULARIZERS",
    "Constraint",
    "Initializer",
    "Loss",
    "Metric",
    "Optimizer",
    "Regularizer",
    "Sinusoidal",
    "Training",
    "excludes",
    "fans",
    "parse_training",
]

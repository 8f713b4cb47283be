"""specgraph: neural-network model specs to source code, with proof of parity."""

from specgraph.diagnostics import Diagnostic, Location, SpecError
from specgraph.load import load, loads
from specgraph.version import VERSION as __version__

__all__ = ["Diagnostic", "Location", "SpecError", "__version__", "load", "loads"]

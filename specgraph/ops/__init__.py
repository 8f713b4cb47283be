"""The ops of the language, one file per family, loaded when a spec uses one."""

from specgraph.ops.base import OPS

__all__ = ["OPS"]

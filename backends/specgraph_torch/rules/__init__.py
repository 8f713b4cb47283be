"""torch's rules, one file a family of ops, loaded when a graph has one."""

from specgraph_torch.rules.base import RULES

__all__ = ["RULES"]

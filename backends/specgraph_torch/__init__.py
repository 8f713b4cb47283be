"""The torch backend: specs as `nn.Module` classes an expert would have written."""

from specgraph_torch.backend import backend

__all__ = ["backend"]

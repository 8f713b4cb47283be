"""What a package brings to specgraph without a fork: a backend, and an op.

- `ops` defines `channel_affine`: attributes, weights, shape rule, samples.
- `references` says in NumPy what it computes.
- `torch_rules` and `keras_rules` (TensorFlow has those of Keras too) build it.
- `backend` is `numpy_source`, which writes plain NumPy for a few ops.
"""

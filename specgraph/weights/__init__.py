"""The canonical weight file, and its maps to and from each backend."""

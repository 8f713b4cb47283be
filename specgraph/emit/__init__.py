"""Parts of emitted programs that no framework changes: copied, never imported."""

"""The version of specgraph, as emitted files and reports name it."""

VERSION = "0.1.0"

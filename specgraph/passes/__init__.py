"""Passes: each takes a graph and gives a graph that means the same."""

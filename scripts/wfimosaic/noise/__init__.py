"""Noise of the mosaic: how it is correlated, and realizations of it."""

"""Drizzling: drops, members on a block of the output, and the context."""

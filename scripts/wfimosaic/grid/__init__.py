"""Output grids: their WCS, where members fall on them, and their blocks."""

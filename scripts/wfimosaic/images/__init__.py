"""Level 2 images: opened, checked, read and rewritten; flags and weights of their pixels."""

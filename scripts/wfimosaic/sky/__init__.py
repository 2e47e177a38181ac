"""Sky levels: measured, matched and subtracted."""

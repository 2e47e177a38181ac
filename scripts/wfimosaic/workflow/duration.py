"""Durations as people read them."""


def duration(seconds):
    """Return a time [s] as text: '95 s', '12 min' or '3.4 h'."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"

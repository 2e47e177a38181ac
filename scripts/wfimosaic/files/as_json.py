"""Values that JSON can hold."""

import math


def as_json(value):
    """Return dicts, lists and numbers with None for what is not finite: JSON has no NaN."""
    if isinstance(value, dict):
        return {key: as_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_json(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value

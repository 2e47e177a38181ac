"""duration: times as people read them."""

import pytest
from wfimosaic.workflow.duration import duration


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.2, "0 s"), (99.4, "99 s"), (100, "2 min"), (5990, "100 min"), (6000, "1.7 h"), (360_000, "100.0 h")],
)
def test_units_grow_with_the_time(seconds, text):
    assert duration(seconds) == text

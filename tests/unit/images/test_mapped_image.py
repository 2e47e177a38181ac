"""Members that are read piece by piece."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest
from wfimosaic.images.mapped_image import MappedImage


def resident_size(path):
    """Memory that a mapped file takes of this process [kB]."""
    maps = Path("/proc/self/smaps").read_text()
    return sum(int(size) for size in re.findall(rf"{re.escape(str(path))}\n(?:\w+:.*\n)*?Rss: +(\d+) kB", maps))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells how much of a map is resident")
def test_pixels_that_were_read_do_not_count_as_memory(simulated):
    image = MappedImage(simulated.paths[0])
    for name in ("data", "dq", "err", "var_poisson"):
        rows = image.read(name, (slice(10, 20), slice(None)))
        assert np.array_equal(rows, image.read(name)[10:20], equal_nan=True)
    size = resident_size(simulated.paths[0])
    image.close()
    assert size < 100

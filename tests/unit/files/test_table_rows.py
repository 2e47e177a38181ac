"""Some rows of a large table, without the others."""

import tracemalloc

import asdf
import numpy as np
import pytest
from wfimosaic.files.plain_asdf import plain_asdf
from wfimosaic.files.table_rows import read_rows

SPANS = [(0, 3), (90_000, 90_001), (70_000, 120_000), (599_999, 600_000), (5, 5)]


@pytest.mark.parametrize("compression", [None, "lz4", "zlib", "bzp2"])
def test_rows_are_read_and_the_table_is_not(tmp_path, compression):
    rng = np.random.default_rng(1)
    table = np.zeros(600_000, [("name", "U16"), ("ra", "f8"), ("index", "i4")])
    table["index"], table["ra"] = np.arange(len(table)), rng.random(len(table))
    table["name"] = np.char.mod("%06d", table["index"])
    path = tmp_path / "table.asdf"
    asdf.AsdfFile({"before": np.arange(10), "table": table}).write_to(path, all_array_compression=compression)
    with plain_asdf(), asdf.open(path, memmap=True) as file:
        tracemalloc.start()
        parts = read_rows(file, file["table"], SPANS)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    for (start, stop), part in zip(SPANS, parts, strict=True):
        np.testing.assert_array_equal(part, table[start:stop])
    # Beside the rows that are kept, some pieces of 4 MB.
    assert peak < 2 * sum(part.nbytes for part in parts) + 12.6e6 < table.nbytes / 2

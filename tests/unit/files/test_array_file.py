"""Files of arrays that are filled in place."""

import re
from pathlib import Path

import asdf
import numpy as np
import pytest
from wfimosaic.files.array_file import CHUNK, FRONT, ArrayFile, tree_size
from wfimosaic.workers import run_in_workers

SMALL = {"numbers": np.arange(5), "table": {"column": np.linspace(0, 1, 7)}}
LARGE = {"data": np.arange(15, dtype=np.float32).reshape(3, 5), "context": np.full((2, 3, 7), 9, np.uint32)}


def begin(folder, room, large=LARGE):
    file = ArrayFile(folder / "part", {name: (array.dtype, array.shape) for name, array in large.items()}, room)
    for name, place in file.places.items():
        place.map()[...] = large[name]
    return file


@pytest.mark.parametrize("room", [0, 1500, 5000])
@pytest.mark.parametrize("small", [{}, SMALL])
def test_asdf_reads_what_was_put_in(tmp_path, room, small):
    tree = {"text": "x" * 400, **small}
    file = begin(tmp_path, room)
    file.finish(tmp_path / "file.asdf", asdf.AsdfFile(tree | file.arrays).write_to)
    assert [path.name for path in tmp_path.iterdir()] == ["file.asdf"]
    for lazy in (True, False):
        with asdf.open(tmp_path / "file.asdf", validate_checksums=True, lazy_load=lazy, memmap=lazy) as read:
            assert read["text"] == tree["text"]
            for name, array in (({"numbers": SMALL["numbers"]} if small else {}) | LARGE).items():
                np.testing.assert_array_equal(read[name], array)
                assert read[name].dtype == array.dtype
            if small:
                np.testing.assert_array_equal(read["table"]["column"], SMALL["table"]["column"])
            starts = [block.data_offset for block in read._blocks.blocks]
            assert [start % 64 for start in starts[-2:]] == [0, 0]
    content = (tmp_path / "file.asdf").read_bytes()
    # As the standard wants it, an index tells where each block begins.
    index = [int(number) for number in re.findall(rb"^- (\d+)$", content.partition(b"#ASDF BLOCK INDEX")[2], re.M)]
    assert index == [start - FRONT for start in starts]
    assert all(content[start : start + 4] == b"\xd3BLK" for start in index)
    assert tree_size(tmp_path / "file.asdf") == content.index(b"\n...\n") + 5


def test_arrays_that_are_moved_for_a_large_tree_stay_what_they_are(tmp_path):
    large = {"data": np.random.default_rng(1).random(CHUNK // 2), **LARGE}
    file = begin(tmp_path, 100, large)
    file.finish(tmp_path / "file.asdf", asdf.AsdfFile({"text": "x" * 10_000} | file.arrays).write_to, workers=2)
    with asdf.open(tmp_path / "file.asdf", validate_checksums=True) as read:
        for name, array in large.items():
            np.testing.assert_array_equal(read[name], array)


def test_rows_that_are_written_are_where_they_belong(tmp_path):
    # Of any memory layout and byte order, some twice.
    kinds = {name: (array.dtype, array.shape) for name, array in LARGE.items()}
    file = ArrayFile(tmp_path / "part", kinds, 1000)
    file.write("data", 1, np.full((2, 5), 7.0))
    file.write("data", 0, np.asfortranarray(LARGE["data"][:2]))
    file.write("data", 2, LARGE["data"][2:].astype(">f4"))
    file.write("context", 1, LARGE["context"][1:])
    file.arrays["context"][0] = 9
    file.finish(tmp_path / "file.asdf", asdf.AsdfFile(dict(file.arrays)).write_to)
    with asdf.open(tmp_path / "file.asdf", validate_checksums=True) as read:
        for name, array in LARGE.items():
            np.testing.assert_array_equal(read[name], array)


def test_without_checksums_asdf_checks_nothing(tmp_path):
    file = begin(tmp_path, 1000)
    file.finish(tmp_path / "file.asdf", asdf.AsdfFile(dict(file.arrays)).write_to, checksums=False)
    with asdf.open(tmp_path / "file.asdf", validate_checksums=True) as read:
        np.testing.assert_array_equal(read["data"], LARGE["data"])
        assert all(block.header["checksum"] == bytes(16) for block in read._blocks.blocks)


def test_a_tree_without_its_arrays_or_in_another_order_is_no_file(tmp_path):
    file = begin(tmp_path, 1000)
    for tree in ({"data": file.arrays["data"]}, dict(reversed(file.arrays.items())), file.arrays | {"last": SMALL}):
        with pytest.raises(ValueError, match="does not end with the arrays"):
            file.finish(tmp_path / "file.asdf", asdf.AsdfFile(tree).write_to)
    assert not (tmp_path / "file.asdf").exists()


def test_workers_fill_one_array(tmp_path):
    file = begin(tmp_path, 1000)
    list(run_in_workers(_fill, [(file.places["data"], row) for row in range(3)], 2, "row"))
    np.testing.assert_array_equal(file.arrays["data"], [[0] * 5, [1] * 5, [2] * 5])


def _fill(place, row):
    place.map()[row] = row


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="only Linux tells what is resident")
def test_finished_arrays_are_not_kept_in_memory(tmp_path):
    file = begin(tmp_path, 1000, {f"a{k}": np.full((6, 500, 1000), k, np.float32) for k in range(4)})
    file.finish(tmp_path / "file.asdf", asdf.AsdfFile(dict(file.arrays)).write_to)
    assert resident(tmp_path) < 1e6


def resident(folder):
    """Bytes of a folder's files that are resident in this process."""
    total, inside = 0, False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
            inside = str(folder) in line
        elif inside and line.startswith("Rss:"):
            total += 1024 * int(line.split()[1])
    return total

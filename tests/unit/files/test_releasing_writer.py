"""Files that mapped arrays are written to."""

import re
from pathlib import Path

import asdf
import numpy as np
import pytest
from wfimosaic.files.releasing_writer import CHUNK, ReleasingWriter
from wfimosaic.files.scratch import create_array


def test_bytes_are_those_that_were_written(tmp_path):
    numbers = np.random.default_rng(1).integers(0, 255, 2 * CHUNK + 17, dtype=np.uint8)
    with ReleasingWriter(tmp_path / "file") as file:
        assert file.write(b"start") == 5
        assert file.write(numbers.data) == numbers.size
        assert file.write(np.arange(3, dtype=np.float32)) == 12
        file.seek(1)
        file.write(b"T")
    expected = b"sTart" + numbers.tobytes() + np.arange(3, dtype=np.float32).tobytes()
    assert (tmp_path / "file").read_bytes() == expected


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="only Linux tells what is resident")
def test_only_one_mapped_array_is_in_memory_while_asdf_writes_several(tmp_path):
    shape = (6, 1000, 2000)
    arrays = {f"a{k}": np.asarray(create_array(tmp_path / f"a{k}.npy", np.float32, shape)) for k in range(4)}
    for k, array in enumerate(arrays.values()):
        array[:] = k
    asdf.AsdfFile(arrays).write_to(tmp_path / "plain.asdf")
    with ReleasingWriter(tmp_path / "file.asdf") as file:
        asdf.AsdfFile(arrays).write_to(file)
    assert (tmp_path / "file.asdf").read_bytes() == (tmp_path / "plain.asdf").read_bytes()
    assert mapped(tmp_path) < 5e6


def mapped(folder):
    """Bytes of a folder's files that are resident in this process."""
    resident, inside = 0, False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
            inside = str(folder) in line
        elif inside and line.startswith("Rss:"):
            resident += 1024 * int(line.split()[1])
    return resident

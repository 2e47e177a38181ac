"""scratch: arrays that many processes fill, on disks that have room for them or say so at once."""

import errno
import os
import subprocess
import sys

import numpy as np
import pytest
from wfimosaic.files.scratch import create_array


def refuse(*_):
    raise OSError(errno.EOPNOTSUPP, "Operation not supported")


@pytest.fixture(params=["there", "missing", "refused"])
def allocation(request, monkeypatch):
    """Systems with posix_fallocate, without it, and file systems that refuse it."""
    if request.param == "missing":
        monkeypatch.delattr(os, "posix_fallocate", raising=False)
    elif request.param == "refused":
        monkeypatch.setattr(os, "posix_fallocate", refuse, raising=False)


def test_array_of_zeros_has_its_room(allocation, tmp_path):
    # More than one write, and no whole number of them.
    array = create_array(tmp_path / "a.npy", np.float32, (700, 1001))
    assert not array.any()
    assert (tmp_path / "a.npy").stat().st_blocks * 512 >= array.nbytes
    array[-1, -1] = 3
    array.flush()
    again = np.load(tmp_path / "a.npy")
    assert again.dtype == np.float32 and again.shape == (700, 1001)
    assert again[-1, -1] == 3 and again.sum() == 3


@pytest.mark.parametrize("shape", [(0,), (0, 5)])
def test_array_of_nothing(allocation, shape, tmp_path):
    assert create_array(tmp_path / "a.npy", np.float32, shape).shape == shape


def test_full_disk_is_an_error_at_once(allocation, tmp_path):
    words = ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(tmp_path)]
    if os.geteuid() != 0 or subprocess.run(words, capture_output=True).returncode != 0:
        pytest.skip("only root can mount a small disk")
    try:
        with pytest.raises(OSError, match="No space left on device"):
            create_array(tmp_path / "a.npy", np.float32, (1000, 1000))
    finally:
        subprocess.run(["umount", "--lazy", str(tmp_path)], check=True)


# Every byte that the process may have is taken when the error is raised, and stays taken while the folder goes.
WITHOUT_MEMORY = """
import resource, sys
from pathlib import Path
from wfimosaic.files.scratch import scratch_folder

with scratch_folder(sys.argv[1]) as folder:
    for name in "abc":
        (folder / name).touch()
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + 2**24, used + 2**24))
    taken, size = [], 2**20
    while size > 256:
        try:
            taken.append(bytes(size))
        except MemoryError:
            size //= 2
    raise MemoryError
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells how much address space a process has")
def test_folder_goes_when_memory_ran_out(tmp_path):
    # A fresh Python, whose address space is small and its own.
    words = [sys.executable, "-c", WITHOUT_MEMORY, str(tmp_path / "a.asdf")]
    end = subprocess.run(
        words, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    )
    assert end.returncode == 1 and "MemoryError" in end.stderr
    assert not list(tmp_path.iterdir())

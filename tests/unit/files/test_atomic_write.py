"""atomic_write: a file appears whole or not at all."""

import os
import socket
import subprocess

import pytest
from wfimosaic.files.atomic_write import atomic_write
from wfimosaic.files.scratch import scratch_folder


def test_file_appears_at_the_end(tmp_path):
    path = tmp_path / "new" / "folder" / "a.asdf"
    with atomic_write(path) as part:
        part.write_text("one")
        assert not path.exists()
        assert part.name == path.name
        assert part.parent.parent == path.parent
        # As asdf does, which does not remove it when the disk is full.
        part.with_name(".tmp").write_text("half")
        written = part.stat().st_ino
    assert path.read_text() == "one"
    # Moved, not copied: a reader never sees half of it.
    assert path.stat().st_ino == written
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("written", [True, False])
def test_failure_leaves_what_was_there(tmp_path, written):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError, match="stop"), atomic_write(str(path)) as part:
        if written:
            part.write_text("half")
        raise RuntimeError("stop")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_what_killed_processes_left_goes_and_what_others_write_stays(tmp_path):
    path, ended = tmp_path / "a.asdf", subprocess.Popen(["true"])
    ended.wait()
    host = socket.gethostname()
    gone = [f".{host}-{ended.pid}-a.asdf", f".{host}-{ended.pid}-a.parts"]
    kept = [f".{host}-{os.getppid()}-a.asdf", f".elsewhere-{ended.pid}-a.asdf"]
    for name in (*gone, *kept):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.asdf").write_text("half")
    with atomic_write(path) as part:
        part.write_text("one")
    with scratch_folder(path) as folder:
        assert list(folder.iterdir()) == []
    assert {left.name for left in tmp_path.iterdir()} == {"a.asdf", *kept}

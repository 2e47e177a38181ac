"""Headers of files at URLs: all that is known of an image but its pixels, for a small part of its bytes."""

import os

import asdf
import numpy as np
import pytest
from servers import web_server
from wfimosaic.errors import InputError
from wfimosaic.grid.member_header import read_member_header
from wfimosaic.remote.local_headers import local_headers


@pytest.fixture(scope="module")
def served(simulated, tmp_path_factory):
    """A server of one simulated member and of files that are none: its URL, and the folder."""
    folder = tmp_path_factory.mktemp("served")
    (folder / "a_cal.asdf").symlink_to(simulated.paths[0])
    (folder / "text_cal.asdf").write_text("no ASDF" * 100)
    tree = {"text": "long " * 100_000, "large": np.zeros(10**6), "small": np.arange(8)}
    asdf.AsdfFile(tree).write_to(folder / "large_cal.asdf")
    with web_server(folder) as (url, _):
        yield url, folder


def test_header_is_that_of_the_file(served):
    url, folder = served
    path = f"{folder}/a_cal.asdf"
    with local_headers([path, f"{url}/a_cal.asdf"]) as files:
        assert files[path] == path
        copy = files[f"{url}/a_cal.asdf"]
        assert os.path.getsize(copy) == os.path.getsize(path)
        header, expected = (vars(read_member_header(name, "a")) for name in (copy, path))
    assert not os.path.exists(copy)
    assert header.pop("path") == copy and expected.pop("path") == path
    assert header.keys() == expected.keys()
    assert all(np.array_equal(header[name], expected[name]) for name in header)


def test_long_tree_is_read_whole_and_large_arrays_are_not(served):
    url, _ = served
    with local_headers([f"{url}/large_cal.asdf"]) as files:
        (copy,) = files.values()
        assert os.stat(copy).st_blocks * 512 < 2e6 < 8e6 < os.path.getsize(copy)
        with asdf.open(copy) as file:
            assert len(file["text"]) == 500_000 and file["large"].shape == (10**6,)
            assert file["small"].tolist() == list(range(8))


@pytest.mark.parametrize(
    ("name", "words"), [("text", "cannot be read as a Roman ASDF file"), ("none", "there is no such file")]
)
def test_what_is_no_image_is_refused_by_its_url(served, name, words):
    url, _ = served
    with pytest.raises(InputError, match=f"{url}/{name}_cal.asdf: {words}"), local_headers([f"{url}/{name}_cal.asdf"]):
        pass

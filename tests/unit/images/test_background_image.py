"""background_image: arrays of the user's, and what cannot be one."""

import asdf
import numpy as np
import pytest
from wfimosaic.errors import InputError
from wfimosaic.images.background_image import background_image

from ..synthetic import image_model

DATA = np.arange(12.0, dtype=np.float32).reshape(3, 4)


def test_plain_arrays_and_level_2_images_are_read(tmp_path):
    asdf.AsdfFile({"data": DATA}).write_to(tmp_path / "plain.asdf")
    image_model(DATA).save(tmp_path / "image.asdf")
    for name in ("plain.asdf", "image.asdf"):
        with background_image(tmp_path / name, (3, 4)) as array:
            np.testing.assert_array_equal(array, DATA)


def test_no_image_is_nothing():
    with background_image(None, (3, 4)) as array:
        assert array.shape == (3, 4) and not array.any()


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        ({"data": DATA.T}, r"not float32 of shape \(4, 3\)"),
        ({"sky": DATA}, "not none"),
        ({"data": "x"}, "not none"),
        ({"data": DATA > 1}, "not bool.* of shape"),
    ],
)
def test_other_files_are_refused(tmp_path, tree, message):
    asdf.AsdfFile(tree).write_to(tmp_path / "b.asdf")
    with (
        pytest.raises(InputError, match=rf"b\.asdf: an array 'data' .*{message}.*: check skymatch.background_images"),
        background_image(tmp_path / "b.asdf", (3, 4)),
    ):
        pass
    (tmp_path / "b.asdf").write_text("no ASDF")
    with (
        pytest.raises(InputError, match=r"b\.asdf: cannot be read as ASDF: .*check skymatch\.background_images"),
        background_image(tmp_path / "b.asdf", (3, 4)),
    ):
        pass

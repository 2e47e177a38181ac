"""write_png: every pixel of the mosaic is one of the picture, the right way up."""

import asdf
import numpy as np
from matplotlib.image import imread
from wfimosaic.pictures.preview import open_preview
from wfimosaic.pictures.show_surface_brightness import stretch
from wfimosaic.pictures.write_png import NOTHING, write_png


def test_every_pixel_has_the_grey_of_its_value(finished_product, tmp_path, monkeypatch):
    # Several strips, whose last one is not full.
    monkeypatch.setattr("wfimosaic.files.strips.PIXELS", 100 * 393)
    write_png(finished_product.mosaic, str(tmp_path / "P.png"))
    picture = np.round(imread(tmp_path / "P.png")[::-1] * 255)
    with asdf.open(finished_product.mosaic) as file, open_preview(finished_product.mosaic) as preview:
        data = np.array(file["roman"]["data"])
        norm = stretch(preview.read("data"))
    assert picture.shape == data.shape
    finite = np.isfinite(data)
    assert not finite.all() and set(picture[~finite]) == {NOTHING}
    np.testing.assert_allclose(picture[finite], np.asarray(norm(data[finite], clip=True)) * 255, atol=0.51)

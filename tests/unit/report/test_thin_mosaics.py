"""Mosaics that are very long for their width: every picture, table and viewer is made all the same."""

import asdf
import numpy as np
import pytest
from matplotlib.image import imread
from wfimosaic.grid.define_grid import define_mosaic_grid
from wfimosaic.mosaic.resample import resample
from wfimosaic.pictures.plot_mosaic import plot_mosaic
from wfimosaic.report.count_flags import count_flags
from wfimosaic.report.list_members import list_members
from wfimosaic.report.plot_flags import plot_flags
from wfimosaic.report.plot_footprints import plot_footprints
from wfimosaic.report.plot_maps import plot_maps
from wfimosaic.report.plot_noise import plot_noise
from wfimosaic.viewer.make_viewer import make_viewer
from wfimosaic.workflow.settings import complete, recorded_settings

MAPS = ("coverage", "unchecked", "exposure_time", "weight", "error", "depth")


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("shape", [(6000, 3), (3, 5000)])
def test_thin_mosaics_are_drawn(finished_product, tmp_path, shape):
    grid, mosaic, flags = (str(tmp_path / name) for name in ("grid.asdf", "T_i2d.asdf", "flags.asdf"))
    nx, ny = shape
    # Through the middle of the members.
    define_mosaic_grid(finished_product.outlier_grid, grid, output_shape=shape, crpix=(nx / 2, ny / 2))
    record = {"settings": recorded_settings(complete({"associations": ["asn.json"]})), "excluded": []}
    association = {"name": "asn.json", "data_release_id": "p"}
    resample(finished_product.members, grid, mosaic, association=association, record=record)
    with asdf.open(mosaic) as file:
        assert np.isfinite(np.asarray(file["roman"]["data"])).mean() > 0.01

    names = ("mosaic", *MAPS, "footprints", "noise", "apertures", "a", "b")
    pictures = {name: str(tmp_path / f"{name}.png") for name in names}
    plot_mosaic(mosaic, pictures["mosaic"])
    plot_maps(mosaic, grid, *[pictures[name] for name in MAPS])
    plot_footprints(grid, pictures["footprints"], "T")
    plot_noise(mosaic, pictures["noise"], pictures["apertures"], "T")
    count_flags(finished_product.members, grid, flags)
    plot_flags(flags, grid, pictures["a"], pictures["b"], "T")
    for path in pictures.values():
        assert max(imread(path).shape[:2]) < 2000
    list_members(mosaic, grid, finished_product.sky, flags, str(tmp_path / "members.html"))
    make_viewer([mosaic], [grid], [], str(tmp_path / "viewer"))

"""Tessellations of the sky: what associations say of skycells, and files that are none."""

import asdf
import numpy as np
import pytest
from wfimosaic.association.sky_map import read_sky_map, read_skycells, skycell_information
from wfimosaic.errors import InputError


def test_skycell_is_described_as_associations_do(shared):
    sky_map = read_sky_map(str(shared / "data" / "skymap_subset.asdf"))
    (cells,) = read_skycells(sky_map, [0])
    assert len(cells) == 1985
    information = skycell_information(sky_map, sky_map.regions[0], cells[0])
    assert information == {
        "name": "135p90x25y49",
        "pixel_scale": 0.055 / 3600,
        "ra_projection_center": 135.0,
        "dec_projection_center": 90.0,
        "x0_projection": 7299.5,
        "y0_projection": 122499.5,
        "ra_center": cells["ra_center"][0],
        "dec_center": cells["dec_center"][0],
        "nx": 5000,
        "ny": 5000,
        "orientat": float(np.float32(2.29061)),
        "orientat_projection_center": 0.0,
    }


def test_files_that_are_no_tessellation_are_refused(tmp_path, shared):
    with pytest.raises(InputError, match=r"none\.asdf: no such file"):
        read_sky_map(str(tmp_path / "none.asdf"))
    (tmp_path / "text.asdf").write_text("text")
    with pytest.raises(InputError, match=r"text\.asdf: cannot be read as ASDF"):
        read_sky_map(str(tmp_path / "text.asdf"))
    asdf.AsdfFile({"roman": {"meta": {}}}).write_to(tmp_path / "other.asdf")
    with pytest.raises(InputError, match=r"other\.asdf: is no sky tessellation"):
        read_sky_map(str(tmp_path / "other.asdf"))
    with asdf.open(shared / "data" / "skymap_subset.asdf", ignore_unrecognized_tag=True) as file:
        roman = {key: file["roman"][key] for key in ("projection_regions", "meta")}
        part = {**roman, "meta": {"nxy_skycell": 5000, "pixel_scale": 0.055}, "skycells": file["roman"]["skycells"][:9]}
        asdf.AsdfFile({"roman": part}).write_to(tmp_path / "part.asdf")
    with pytest.raises(InputError, match=r"part\.asdf: lacks skycells of its projection regions"):
        read_skycells(read_sky_map(str(tmp_path / "part.asdf")), [0])

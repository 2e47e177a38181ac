"""stitch: skycells put together are one mosaic of all their members."""

import re
from collections import namedtuple

import asdf
import numpy as np
import pytest
from astropy.io import fits
from roman_datamodels import datamodels
from wfimosaic.commands.command import main
from wfimosaic.drizzling.context import members_touching
from wfimosaic.grid.define_grid import define_grid
from wfimosaic.mosaic.mosaic_file import open_mosaic
from wfimosaic.mosaic.resample import resample
from wfimosaic.mosaic.stitch import stitch
from wfimosaic.workflow.settings import complete, recorded_settings

# Rows and columns of each skycell of a region; they overlap, and a corner has none.
CELLS = {"A": (0, 330, 0, 600), "B": (270, 600, 0, 330), "C": (300, 560, 270, 600)}
REGION = (0, 600, 0, 600)
Cells = namedtuple("Cells", "whole parts")


def skycell(name, first_row, last_row, first_column, last_column, **changes):
    return {
        "name": name,
        "pixel_scale": 0.11 / 3600,
        "ra_projection_center": 270.0,
        "dec_projection_center": 66.0,
        "x0_projection": 299.5 - first_column,
        "y0_projection": 299.5 - first_row,
        "nx": last_column - first_column,
        "ny": last_row - first_row,
        "orientat_projection_center": 0.0,
        **changes,
    }


def make(folder, product, name, indices, place, **changes):
    """Drizzle some members of a product onto a skycell."""
    settings = {key: changes.pop(key) for key in ("pixfrac", "include_var_flat", "propagate_dq") if key in changes}
    cal = [str(path) for path in product.cal]
    grid, mosaic = str(folder / f"{name}_grid.asdf"), str(folder / f"{name}_i2d.asdf")
    members = [(cal[k], product.stems[k], None) for k in indices]
    # With method romancal the grid is the skycell and no more.
    define_grid(members, grid, skycell=skycell(name, *place, **changes), method="romancal")
    resample(
        [product.members[k] for k in indices],
        grid,
        mosaic,
        association={"name": f"{name}_asn.json", "data_release_id": "p"},
        record={
            "settings": recorded_settings(complete({"associations": ["asn.json"], "resample": settings})),
            "excluded": [{"path": "b_cal.asdf", "reason": "its exptype in the association is not science"}],
        },
        **settings,
    )
    return mosaic


Product = namedtuple("Product", "cal members stems")


@pytest.fixture(scope="module")
def product(simulated, finished_product):
    return Product(simulated.paths, finished_product.members, finished_product.stems)


@pytest.fixture(scope="module")
def cells(product, tmp_path_factory):
    """A mosaic of a region, and of each of its skycells with the members that fall on it; C has one that does not."""
    folder = tmp_path_factory.mktemp("cells")
    whole = make(folder, product, "region", range(6), REGION, propagate_dq=True)
    with open_mosaic(whole) as roman:
        touched = list(members_touching(np.array(roman["context"]), 6))
    parts = []
    for name, place in CELLS.items():
        rows, columns = slice(*place[:2]), slice(*place[2:])
        on_cell = [k for k, pixels in enumerate(touched) if pixels[rows, columns].any()]
        indices = range(6) if name == "C" else on_cell
        assert 2 < len(on_cell) < 6
        parts.append(make(folder, product, name, indices, place, propagate_dq=True))
    return Cells(whole, parts)


@pytest.fixture(scope="module")
def stitched(cells, tmp_path_factory):
    path = str(tmp_path_factory.mktemp("stitched") / "region.asdf")
    assert stitch(cells.parts, path) == (600, 600)
    return path


def test_arrays_are_those_of_one_mosaic(cells, stitched):
    inside = np.zeros((600, 600), bool)
    for first_row, last_row, first_column, last_column in CELLS.values():
        inside[first_row:last_row, first_column:last_column] = True
    with open_mosaic(cells.whole) as whole, open_mosaic(stitched) as parts:
        names = [name for name, array in whole.items() if hasattr(array, "dtype")]
        assert sorted(names) == ["context", "data", "dq", "err", "var_poisson", "var_rnoise", "weight"]
        empty = np.argwhere(np.array(whole["weight"]) == 0)[0]
        for name in names:
            expected, found = np.array(whole[name]), np.array(parts[name])
            np.testing.assert_array_equal(found[..., inside], expected[..., inside], err_msg=name)
            # Where there is no skycell there is what a mosaic has where there is no member.
            outside = np.broadcast_to(expected[..., *empty][..., None], found[..., ~inside].shape)
            np.testing.assert_array_equal(found[..., ~inside], outside, err_msg=name)


def test_pixels_are_those_of_the_first_skycell_that_has_them(cells, stitched):
    taken = np.zeros((600, 600), bool)
    with open_mosaic(stitched) as region:
        for path, place in zip(cells.parts, CELLS.values(), strict=True):
            rows, columns = slice(*place[:2]), slice(*place[2:])
            new = ~taken[rows, columns]
            with open_mosaic(path) as cell:
                for name in ("data", "err", "weight", "var_poisson", "var_rnoise", "dq"):
                    expected = np.array(cell[name])[new]
                    np.testing.assert_array_equal(np.array(region[name])[rows, columns][new], expected)
            taken[rows, columns] = True


def plain(value):
    """Metadata as text to compare; numbers to nine digits."""
    if hasattr(value, "items"):
        return {str(key): plain(item) for key, item in value.items()}
    if hasattr(value, "isot"):
        return value.isot
    if isinstance(value, list) or hasattr(value, "append"):
        return [plain(item) for item in value]
    return f"{value:.9g}" if isinstance(value, float) else str(value)


def test_metadata_are_those_of_one_mosaic(cells, stitched):
    with open_mosaic(cells.whole) as whole, open_mosaic(stitched) as parts:
        expected, found = dict(whole["meta"].items()), dict(parts["meta"].items())
        assert found.keys() == expected.keys()
        for name in ("file_date", "filename", "wcs", "cal_logs"):
            assert found.pop(name) is not None
            del expected[name]
        assert found.pop("association") == {"name": "A_asn.json, B_asn.json, C_asn.json"}
        assert expected.pop("wcsinfo") | {"skycell_name": "None"} == found.pop("wcsinfo")
        tables, others = found.pop("individual_image_meta"), expected.pop("individual_image_meta")
        assert tables.keys() == others.keys()
        for group, table in tables.items():
            assert table.colnames == others[group].colnames
            for column in table.colnames:
                assert plain(list(table[column])) == plain(list(others[group][column]))
        # A corner is missing.
        for group, key in (
            ("statistics", "good_pixel_fraction"),
            ("statistics", "image_median"),
            ("statistics", "image_rms"),
        ):
            assert found[group].pop(key) == pytest.approx(expected[group].pop(key), rel=0.1)
        unchecked = expected["wfimosaic"].pop("unchecked")
        assert 0 < found["wfimosaic"].pop("unchecked") == pytest.approx(unchecked, rel=0.05)
        time = expected["coadd_info"].pop("exposure_time")
        assert found["coadd_info"].pop("exposure_time") == pytest.approx(time, rel=0.02)
        noise, true = found["wfimosaic"].pop("noise"), expected["wfimosaic"].pop("noise")
        for name in ("aperture_factor", "correlation_factor", "pixel_scatter"):
            assert noise[name] == pytest.approx(true[name], rel=0.02)
        np.testing.assert_allclose(noise["kernel"], true["kernel"], atol=0.03)
        del expected["association"]
        assert plain(found) == plain(expected)
        grid = parts["meta"]["wcs"]
        assert grid.pixel_shape == (600, 600)
        assert grid(17.0, 450.0) == pytest.approx(whole["meta"]["wcs"](17.0, 450.0), abs=1e-13)


def test_exposure_time_is_that_of_the_pixels(cells, tmp_path):
    """Skycells that hold all of a region between them have its exposure times; single skycells have their own."""
    stitch(cells.parts[:1], str(tmp_path / "one.asdf"))
    with open_mosaic(cells.parts[0]) as cell, open_mosaic(str(tmp_path / "one.asdf")) as one:
        for key, value in cell["meta"]["coadd_info"].items():
            assert one["meta"]["coadd_info"][key] == (pytest.approx(value, rel=1e-9) if "exposure" in key else value)
        assert one["meta"]["wfimosaic"]["unchecked"] == pytest.approx(cell["meta"]["wfimosaic"]["unchecked"], rel=1e-9)
        assert plain(one["meta"]["statistics"]) == plain(cell["meta"]["statistics"])
        np.testing.assert_array_equal(np.array(one["context"]), np.array(cell["context"]))


def test_result_is_a_valid_mosaic_and_fits_has_the_same(cells, stitched, tmp_path):
    with datamodels.open(stitched) as model:
        assert model.meta.filename == "region.asdf"
        model.validate()
        assert main(["stitch", "-o", str(tmp_path / "region.fits"), *cells.parts]) == 0
        with fits.open(tmp_path / "region.fits") as hdus:
            np.testing.assert_array_equal(hdus["SCI"].data, model.data)
            np.testing.assert_array_equal(hdus["CON"].data, model.context)
            assert hdus[0].header["NMEMBERS"] == 6


def test_skycells_that_differ_are_named(cells, tmp_path, caplog):
    other = str(tmp_path / "B_i2d.asdf")
    with asdf.open(cells.parts[1], memmap=False) as file:
        roman = file["roman"]
        data, err = np.array(roman["data"]), np.array(roman["err"])
        # In the 60 rows that A has, too, and in one that it has not.
        inside, outside = np.argwhere(np.isfinite(err[:60])), np.argwhere(np.isfinite(err[60:]))
        for row, column in (*inside[:3], *(outside[:5] + np.array([60, 0]))):
            data[row, column] += 2 * err[row, column]
        roman["data"] = data
        roman["meta"]["individual_image_meta"]["background"]["level"][0] += 0.1
        file.write_to(other)
    stitch([cells.parts[0], other], str(tmp_path / "region.asdf"))
    assert "1 members have another sky level in one mosaic than in another" in caplog.text
    assert f"{other}: 3 pixels that others have too differ from theirs, by up to 2 of their error" in caplog.text
    caplog.clear()
    stitch(cells.parts, str(tmp_path / "region.asdf"))
    assert not caplog.records


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"x0_projection": 299.3}, r"its pixels lie 0\.2 pixel beside those of .*A_i2d\.asdf"),
        ({"dec_projection_center": 66.001}, "lies on another tangent plane than .*A_i2d"),
        ({"orientat_projection_center": 1.0}, "lies on another tangent plane than .*A_i2d"),
        ({"pixel_scale": 0.055 / 3600}, "lies on another tangent plane than .*A_i2d"),
        ({"pixfrac": 0.8}, r"was made with resample\.pixfrac = 0\.8, .*A_i2d\.asdf with 1\.0: make them with the same"),
        ({"propagate_dq": False}, "its arrays"),
    ],
)
def test_mosaics_that_do_not_fit_are_refused(cells, product, tmp_path, capsys, changes, message):
    other = make(tmp_path, product, "other", [0, 1], CELLS["A"], **({"propagate_dq": True} | changes))
    assert main(["stitch", "-o", str(tmp_path / "region.asdf"), cells.parts[0], other]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert re.search(f"^wfimosaic: {other}: .*{message}", line)
    assert not (tmp_path / "region.asdf").exists()


def test_bad_names_of_files_are_refused(cells, tmp_path, capsys):
    assert main(["stitch", "-o", str(tmp_path / "region.png"), *cells.parts]) == 1
    assert main(["stitch", "-o", cells.parts[0], *cells.parts]) == 1
    assert main(["stitch", "-o", str(tmp_path / "region.asdf"), str(tmp_path / "none.asdf")]) == 1
    first, second, third = capsys.readouterr().err.splitlines()
    assert "choose one of these endings" in first and "is itself one of the files that are read" in second
    assert "none.asdf: no such file" in third

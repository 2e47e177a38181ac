"""HiPS tiles show the mosaic's values at the right places, and the viewer's page has what it needs."""

import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.request import urlopen

import asdf
import numpy as np
import pytest
from astropy.io import fits
from astropy.visualization import ImageNormalize, LogStretch
from astropy.wcs import WCS
from astropy_healpix import healpy
from wfimosaic.errors import InputError
from wfimosaic.grid.fits_wcs import fits_wcs
from wfimosaic.grid.sphere import separation
from wfimosaic.viewer.hips import TILE, center_and_width, finest_order, tile_positions, write_hips
from wfimosaic.viewer.make_server import is_inside, make_server
from wfimosaic.viewer.make_viewer import make_viewer, viewer_cuts
from wfimosaic.viewer.sky_image import SkyImage

# Of HiPS 1.0, section 4.4.1.
REQUIRED = {
    "creator_did",
    "obs_title",
    "dataproduct_type",
    "hips_version",
    "hips_release_date",
    "hips_status",
    "hips_frame",
    "hips_order",
    "hips_tile_format",
}


def tiles_of(folder, order):
    return {int(path.stem[4:]): path for path in Path(folder, f"Norder{order}").rglob("Npix*.fits")}


@pytest.fixture(scope="module")
def viewer(finished_product, tmp_path_factory):
    folder = tmp_path_factory.mktemp("viewer")
    (folder / "index.html").write_text("page")
    make_viewer([finished_product.mosaic], [finished_product.grid], [str(folder / "index.html")], str(folder / "hips"))
    return folder / "hips"


@pytest.fixture(scope="module")
def mosaic(finished_product):
    with asdf.open(finished_product.mosaic, memmap=False) as file:
        roman = file["roman"]
        return np.array(roman["data"]), roman["meta"]["wcs"]


def test_a_pixel_of_a_tile_is_no_larger_than_the_mosaics():
    for scale in (0.11, 0.055, 0.02):
        order = finest_order(scale / 3600)
        size = np.degrees(np.sqrt(4 * np.pi / (12 * 4 ** (order + 9)))) * 3600
        assert scale / 2 < size <= scale


def test_positions_of_a_tile_lie_in_it():
    ra, dec = tile_positions(6, 12345)
    assert ra.shape == (TILE, TILE)
    assert np.all(healpy.ang2pix(2**6, ra, dec, nest=True, lonlat=True) == 12345)
    # Every cell once, neighbours side by side.
    cells = healpy.ang2pix(2**15, ra, dec, nest=True, lonlat=True)
    assert np.unique(cells).size == TILE**2
    assert np.hypot(np.diff(ra, axis=0) * np.cos(np.radians(dec[1:])), np.diff(dec, axis=0)).max() < 0.003


def test_tiles_show_the_mosaic_where_it_is(viewer, mosaic):
    data, wcs = mosaic
    order = max(int(path.name[6:]) for path in (viewer / "mosaic").glob("Norder*"))
    shown = 0
    for number, path in tiles_of(viewer / "mosaic", order).items():
        x, y = wcs.invert(*(values.ravel() for values in tile_positions(order, number)), with_bounding_box=False)
        tile = fits.getdata(path).ravel()
        seen = np.isfinite(tile)
        # Between four pixels: not above their largest, not below their smallest value.
        corner = np.floor([y[seen], x[seen]]).astype(int)
        last = np.array([data.shape]).T - 1
        four = [data[tuple(np.clip(corner + np.array([[dy], [dx]]), 0, last))] for dy in (0, 1) for dx in (0, 1)]
        assert np.all(tile[seen] <= np.nanmax(four, axis=0) + 1e-6)
        assert np.all(tile[seen] >= np.nanmin(four, axis=0) - 1e-6)
        shown += seen.sum()
    # Nothing is missing but the mosaic's rim and the surroundings of its holes.
    size = np.degrees(np.sqrt(np.pi / 3)) / 2 ** (order + 9)
    assert shown * (size * 3600 / 0.11) ** 2 == pytest.approx(np.isfinite(data).sum(), rel=0.02)


def test_coarser_tiles_are_means_of_finer_ones(viewer):
    orders = sorted(int(path.name[6:]) for path in (viewer / "mosaic").glob("Norder*"))
    assert orders[0] == 0
    order = orders[-1]
    fine = tiles_of(viewer / "mosaic", order)
    for number, path in tiles_of(viewer / "mosaic", order - 1).items():
        coarse = fits.getdata(path)
        ra, dec = tile_positions(order - 1, number)
        children = {k: fits.getdata(fine[k]) for k in range(4 * number, 4 * number + 4) if k in fine}
        places = {k: tile_positions(order, k) for k in children}
        for row, column in np.argwhere(np.isfinite(coarse))[::9973]:
            cell = healpy.ang2pix(2 ** (order + 8), ra[row, column], dec[row, column], nest=True, lonlat=True)
            values = []
            for k, child in children.items():
                inside = healpy.ang2pix(2 ** (order + 8), *places[k], nest=True, lonlat=True) == cell
                values += child[inside].tolist()
            assert coarse[row, column] == pytest.approx(np.nanmean(values), rel=1e-5)


def test_a_star_is_found_where_it_is(tmp_path):
    wcs = WCS(naxis=2)
    wcs.wcs.ctype, wcs.wcs.crval, wcs.wcs.crpix = ["RA---TAN", "DEC--TAN"], [10.0, -41.0], [150.5, 100.5]
    wcs.wcs.cdelt = [-0.11 / 3600, 0.11 / 3600]
    y, x = np.mgrid[:200, :300]
    np.save(tmp_path / "star.npy", np.exp(-((x - 60.3) ** 2 + (y - 151.7) ** 2) / 18).astype(np.float32))
    image = SkyImage(str(tmp_path / "star.npy"), wcs, (200, 300), 0.11 / 3600, True)
    order = write_hips([image], tmp_path / "hips", "star", (0, 1))
    total, ras, decs = np.zeros(3)
    for number, path in tiles_of(tmp_path / "hips", order).items():
        ra, dec = tile_positions(order, number)
        values = np.nan_to_num(fits.getdata(path)).astype(float)
        total, ras, decs = total + values.sum(), ras + (values * ra).sum(), decs + (values * dec).sum()
    place = wcs.all_world2pix(ras / total, decs / total, 0)
    np.testing.assert_allclose(place, [60.3, 151.7], atol=0.02)
    numbers = fits.getdata(tmp_path / "hips" / "Moc.fits")["UNIQ"] - 4 * 4**order
    assert set(numbers) == set(tiles_of(tmp_path / "hips", order))
    properties = dict(line.split(" = ") for line in (tmp_path / "hips" / "properties").read_text().splitlines())
    properties = {key.strip(): value for key, value in properties.items()}
    assert properties["hips_order"] == str(order) and properties["hips_frame"] == "equatorial"
    assert float(properties["hips_initial_ra"]) == pytest.approx(10, abs=1e-4)
    assert properties.keys() >= REQUIRED
    released = datetime.strptime(properties["hips_release_date"], "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC)
    assert timedelta(0) <= datetime.now(UTC) - released < timedelta(hours=1)
    access, copy, cloning = properties["hips_status"].split()
    assert access in ("public", "private") and copy in ("master", "mirror", "partial")
    assert cloning in ("clonable", "unclonable", "clonableOnce")


def test_parts_of_an_image_are_shown_as_the_whole(tmp_path):
    wcs = WCS(naxis=2)
    wcs.wcs.ctype, wcs.wcs.crval, wcs.wcs.crpix = ["RA---TAN", "DEC--TAN"], [359.99, 88.0], [150.5, 100.5]
    wcs.wcs.cdelt = [-0.11 / 3600, 0.11 / 3600]
    whole = np.random.default_rng(1).normal(size=(200, 300)).astype(np.float32)
    images = []
    for name, columns in (("whole", slice(0, 300)), ("left", slice(0, 153)), ("right", slice(147, 300))):
        part = whole[:, columns]
        np.save(tmp_path / f"{name}.npy", part)
        images.append(SkyImage(str(tmp_path / f"{name}.npy"), wcs[:, columns], part.shape, 0.11 / 3600, True))
    finest = write_hips(images[:1], tmp_path / "one", "one", (0, 1))
    assert write_hips(images[1:], tmp_path / "two", "two", (0, 1)) == finest
    differ = 0
    for order in range(finest + 1):
        one, two = (tiles_of(tmp_path / name, order) for name in ("one", "two"))
        assert one.keys() == two.keys()
        for number, path in one.items():
            a, b = (fits.getdata(at) for at in (path, two[number]))
            differ += np.count_nonzero(~np.isclose(a, b, atol=1e-5, equal_nan=True))
    # Only in the corners where both parts end, in the outer half of a pixel.
    assert differ < 20
    ra, dec, width = center_and_width(images[1:])
    assert separation(ra, dec, 359.99, 88.0) < 0.2 / 3600
    assert width * 3600 == pytest.approx(299 * 0.11, rel=0.01)


def test_a_position_lies_in_the_mosaic_around_it():
    around_zero = [[359.9, -0.1], [0.1, -0.1], [0.1, 0.1], [359.9, 0.1]]
    pole = [[0, 89], [90, 89], [180, 89], [270, 89]]
    for outline, inside, outside in (
        (around_zero, (0.05, 0.05), (0.15, 0.05)),
        (around_zero[::-1], (359.95, -0.05), (180.0, 0.0)),
        (pole, (123.0, 89.5), (45.0, 89.1)),
    ):
        assert is_inside(outline, *inside) and not is_inside(outline, *outside)


def test_page_describes_the_mosaic(viewer, mosaic, finished_product):
    product = json.loads((viewer / "product.json").read_text())
    data, wcs = mosaic
    (part,) = product["parts"]
    assert (viewer / "index.html").read_text() == "page" and part["mosaic"] == finished_product.mosaic
    assert product["exposures"] == 3
    assert [member["exposure"] for member in product["members"]] == [1, 1, 2, 2, 3, 3]
    x, y = fits_wcs(wcs, data.shape).all_world2pix(*np.transpose(part["outline"]), 0)
    ny, nx = data.shape
    np.testing.assert_allclose(x, [-0.5, nx - 0.5, nx - 0.5, -0.5], atol=0.01)
    np.testing.assert_allclose(y, [-0.5, -0.5, ny - 0.5, ny - 0.5], atol=0.01)


def grey(cuts, value):
    """What the viewer's logarithmic stretch makes of a value."""
    return ImageNormalize(vmin=cuts[0], vmax=cuts[1], stretch=LogStretch(1000), clip=True)(value)


@pytest.mark.parametrize("brightness", [1.0, 5.0, 50.0])
def test_noise_is_dark_faint_sources_are_grey_and_bright_ones_have_a_shape(brightness):
    rng = np.random.default_rng(4)
    image = rng.normal(0.2, 0.02, (300, 300)).astype(np.float32)
    image[::9, ::9] = np.geomspace(0.25, brightness, 34**2).reshape(34, 34)
    cuts = viewer_cuts(image)
    assert 0.1 < grey(cuts, 0.2) < 0.3 and grey(cuts, 0.22) < 0.4
    assert 0.25 < grey(cuts, 0.2 + 5 * 0.02) < 0.6
    shown = grey(cuts, image[::9, ::9])
    assert np.mean(shown > 0.99) < 0.35, "sources are white"
    assert shown.max() > 0.55, "nothing is bright"


def test_mosaics_without_noise_or_pixels_have_limits():
    for image in (np.full((5, 5), np.nan), np.zeros((5, 5)), np.eye(50)):
        low, high = viewer_cuts(image.astype(np.float32))
        assert np.isfinite([low, high]).all() and low < high


def test_a_click_is_answered_with_what_is_there(viewer, finished_product):
    asked = []

    def explain(mosaic, ra, dec):
        asked.append((mosaic, ra, dec))
        if dec > 80:
            raise InputError("lies outside")
        return {"value": np.nan, "members": [{"flags": ["SATURATED"]}]}

    with make_server(str(viewer.parent), 0, explain) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()

        def answer(query):
            with urlopen(f"http://127.0.0.1:{server.server_port}/hips/pixel{query}") as response:
                return json.load(response)

        try:
            assert answer("?ra=270.5&dec=66") == {"value": None, "members": [{"flags": ["SATURATED"]}]}
            assert answer("?ra=270.5&dec=86") == {"error": "lies outside"}
            assert answer("?ra=north") == answer("") == {"error": "no position of a mosaic"}
        finally:
            server.shutdown()
            thread.join()
    # The mosaic is found from where the page lies, wherever the run was.
    assert asked == [(finished_product.mosaic, 270.5, dec) for dec in (66, 86)]

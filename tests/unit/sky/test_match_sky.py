"""match_sky: the documented tables from image files, the statistics, and what is left without a level."""

import logging
from dataclasses import replace

import asdf
import numpy as np
import pytest
from roman_datamodels import datamodels
from scipy import stats
from wfimosaic.errors import InputError
from wfimosaic.grid.define_grid import define_grid
from wfimosaic.grid.grid import read_headers, write_headers
from wfimosaic.images.calibration import set_step_status
from wfimosaic.images.image_file import save_image
from wfimosaic.images.sky_plane import SkyPlane
from wfimosaic.simulation.focal_plane import PIXEL_SCALE
from wfimosaic.simulation.simulate_members import CONVERSION
from wfimosaic.sky.match_sky import match_sky
from wfimosaic.sky.sky_record import read_sky_record
from wfimosaic.sky.sky_statistic import measure_difference, measure_sky

from ..synthetic import define, write_cal

MOSAIC = {"skies": [100, 120, 105, 110, 105, 115], "places": [(0, 0), (1, 0), (2, 0), (0, 1), (1, 1), (2, 1)]}
ISLANDS = {
    "skies": [100, 120, 105, 110, 95, 90, 100],
    "places": [(0, 0), (1, 0), (1, 1), (0, 1), (8, 0), (9, 0), (10, 0)],
}
DEFAULTS = {"skystat": "mode", "lower": None, "upper": None, "nclip": 5, "lsigma": 4, "usigma": 4, "binwidth": 0.1}


def tile(path, sky, place, light=0.0):
    """Write an image of nothing but sky and light [MJy/sr], four fifths of its width from its neighbour."""
    step = 0.8 * 60 * PIXEL_SCALE / 3600
    return write_cal(path, (40 - place[0] * step, place[1] * step, 0.0), sky=sky, light=light)


def grid_of(folder, paths):
    return define(folder / "grid.asdf", paths)


@pytest.fixture(scope="module", params=["mosaic", "islands"])
def tiles(request, tmp_path_factory):
    """The grid of the documented mosaic, or islands; and its name."""
    folder = tmp_path_factory.mktemp(request.param)
    described = {"mosaic": MOSAIC, "islands": ISLANDS}[request.param]
    paths = [
        tile(folder / f"m{k}_cal.asdf", sky, place)
        for k, (sky, place) in enumerate(zip(described["skies"], described["places"], strict=True))
    ]
    return request.param, grid_of(folder, paths)


def number_of(stem):
    return int(stem.removeprefix("m"))


@pytest.fixture
def measure(tmp_path):
    """Run match_sky and give its record."""

    def run(grid, **settings):
        match_sky(grid, tmp_path / "sky.json", **settings)
        record = read_sky_record(tmp_path / "sky.json")
        # By number: names come in the order m0, m1, m10.
        return replace(record, levels={stem: record.levels[stem] for stem in sorted(record.levels, key=number_of)})

    return run


def levels(record):
    return [sky.level for sky in record.levels.values()]


def statuses(record):
    return [sky.status for sky in record.levels.values()]


TABLES = {
    ("mosaic", "local"): [100, 120, 105, 110, 105, 115],
    ("mosaic", "global"): [100] * 6,
    ("mosaic", "match"): [0, 20, 5, 10, 5, 15],
    ("mosaic", "global+match"): [100, 120, 105, 110, 105, 115],
    ("islands", "local"): [100, 120, 105, 110, 95, 90, 100],
    ("islands", "global"): [90] * 7,
    # An island has the levels that it would have alone.
    ("islands", "match"): [0, 20, 5, 10, 5, 0, 10],
    ("islands", "global+match"): [100, 120, 105, 110, 95, 90, 100],
}


@pytest.mark.parametrize("skymethod", ["local", "global", "match", "global+match"])
def test_documented_tables(tiles, measure, skymethod):
    name, grid = tiles
    record = measure(grid, skymethod=skymethod)
    np.testing.assert_allclose(levels(record), TABLES[name, skymethod], rtol=0, atol=1e-9)
    assert set(statuses(record)) == {"COMPLETE"}


@pytest.mark.parametrize("skymethod", ["match", "global+match"])
def test_matching_up_makes_the_highest_level_zero(tiles, measure, skymethod):
    name, grid = tiles
    expected = np.array(TABLES[name, skymethod])
    if skymethod == "match":
        expected[:4] -= 20
        expected[4:] -= {"mosaic": 20, "islands": 10}[name]
    record = measure(grid, skymethod=skymethod, match_down=False)
    np.testing.assert_allclose(levels(record), expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("skystat", ["mode", "median", "mean"])
@pytest.mark.parametrize("stepsize", [None, 10])
def test_tables_hold_for_other_statistics_and_vertices(tiles, measure, skystat, stepsize):
    name, grid = tiles
    record = measure(grid, skystat=skystat, stepsize=stepsize)
    np.testing.assert_allclose(levels(record), TABLES[name, "match"], rtol=0, atol=1e-9)


def test_islands_are_recorded_and_warned_of_by_name(tiles, measure, caplog):
    name, grid = tiles
    with caplog.at_level(logging.INFO):
        record = measure(grid)
    numbers = [sky.island for sky in record.levels.values()]
    assert numbers == ([1, 1, 1, 1, 2, 2, 2] if name == "islands" else [1] * 6)
    assert [message for message in caplog.messages if message.startswith("island ")] == (
        ["island 1 of 2: m0, m1, m2, m3", "island 2 of 2: m4, m5, m6"]
        if name == "islands"
        else ["island 1 of 1: 6 members"]
    )
    warned = [message for message in caplog.messages if "islands" in message]
    assert warned == (
        ["2 islands do not overlap, the sky between them is not matched: m0, m1, m2, m3; m4, m5, m6"]
        if name == "islands"
        else []
    )


def noisy_tiles(folder, skies, noise, rng):
    """Tiles of the documented mosaic, each twice, with skies and noise: the grid."""
    paths = []
    for k, sky in enumerate(skies):
        x, y = MOSAIC["places"][k // 2]
        place = (x + 0.3 * (k % 2), y + 0.2 * (k % 2))
        paths.append(tile(folder / f"m{k}_cal.asdf", sky, place, rng.normal(0, noise[k], (60, 60))))
    return grid_of(folder, paths)


def repaint(path, before, light):
    """Let an image of nothing but light have other light, without writing a new one."""
    with asdf.open(path, mode="rw", memmap=True) as file:
        data = file["roman"]["data"]
        np.multiply(data, light / before, out=data[...])


def test_errors_and_steps_are_true_where_overlaps_share_pixels(tmp_path, measure):
    rng = np.random.default_rng(9)
    noise = np.resize([1.0, 1.0, 2.0], 12)
    grid = noisy_tiles(tmp_path, np.full(12, 100.0), np.zeros(12), rng)
    lights = np.full((12, 60, 60), 100.0)
    pulls, steps = [], []
    for _ in range(12):
        skies = rng.uniform(100, 120, 12)
        for k, sky in enumerate(skies):
            light = sky + rng.normal(0, noise[k], (60, 60))
            repaint(tmp_path / f"m{k}_cal.asdf", lights[k], light)
            lights[k] = light
        record = measure(grid)
        error = np.array([sky.error for sky in record.levels.values()])
        miss = np.array(levels(record)) - skies
        pulls.append((miss - miss.mean()) / error)
        steps.append([overlap.residual / overlap.residual_error for overlap in record.overlaps])
    assert np.sqrt(np.mean(np.square(pulls))) == pytest.approx(1, abs=0.15)
    assert np.sqrt(np.mean(np.square(np.concatenate(steps)))) == pytest.approx(1, abs=0.15)


def test_gradients_of_images_are_found(tmp_path, measure):
    rng = np.random.default_rng(4)
    paths, slopes = [], 0.03 * rng.normal(size=(12, 2))
    for k, slope in enumerate(slopes):
        x, y = MOSAIC["places"][k // 2]
        light = SkyPlane((60, 60), 0, tuple(slope)).over(slice(None), slice(None)) + rng.normal(0, 0.05, (60, 60))
        paths.append(tile(tmp_path / f"m{k}_cal.asdf", 10 + k, (x + 0.3 * (k % 2), y + 0.2 * (k % 2)), light))
    grid = grid_of(tmp_path, paths)
    record = measure(grid, plane=True)
    found, error = (
        np.array([getattr(sky, name) for sky in record.levels.values()]) for name in ("slope", "slope_error")
    )
    assert np.sqrt(np.mean(((found - slopes) / error) ** 2)) == pytest.approx(1, abs=0.3)
    assert np.median(error) < 0.02
    left = np.std([o.residual for o in record.overlaps])
    # Levels alone leave steps.
    record = measure(grid)
    assert next(iter(record.levels.values())).slope is None
    assert np.std([o.residual for o in record.overlaps]) > 3 * left


def test_errors_of_whole_skies_are_those_of_their_pixels(tmp_path, measure):
    grid = noisy_tiles(tmp_path, [10.0, 12.0], [1.0, 1.0], np.random.default_rng(3))
    errors = {
        method: [sky.error for sky in measure(grid, skymethod=method, skystat="mean").levels.values()]
        for method in ("local", "global", "match", "global+match")
    }
    np.testing.assert_allclose(errors["local"], [1 / 60] * 2, rtol=0.05)
    np.testing.assert_allclose(errors["global"], [1 / 60] * 2, rtol=0.05)
    np.testing.assert_allclose(errors["global+match"], np.hypot(errors["match"], 1 / 60), rtol=0.05)


def test_two_workers_measure_the_same(tiles, measure):
    assert measure(tiles[1], workers=2) == measure(tiles[1], workers=1)


def test_simulated_skies_are_found_among_stars_and_galaxies(simulated, measure, tmp_path):
    grid = grid_of(tmp_path, simulated.paths)
    truth = [0.3 + 0.1 * np.random.default_rng([e, d]).random() for e in (1, 2, 3) for d in (1, 2)]
    truth = CONVERSION * np.array(truth)
    noise = CONVERSION * np.hypot(0.02, np.sqrt(0.35 / 278))
    for skystat, widths in (("median", 0.03), ("mode", 0.25)):
        # Good to the noise of the mean of 10,000 pixels; the mode to a few bins of a tenth of the noise.
        found = np.array(levels(measure(grid, skystat=skystat)))
        np.testing.assert_allclose(found - found.mean(), truth - truth.mean(), rtol=0, atol=widths * noise)
    found = levels(measure(grid, skymethod="local"))
    np.testing.assert_allclose(found, truth, rtol=0, atol=0.25 * noise)


def test_member_without_overlap_is_skipped_and_named(tmp_path, measure, caplog):
    paths = [tile(tmp_path / f"{k}.asdf", 10 + k, (x, 0)) for k, x in enumerate((0, 1, 9))]
    grid = grid_of(tmp_path, paths)
    record = measure(grid)
    assert levels(record) == pytest.approx([0, 1, 0])
    assert statuses(record) == ["COMPLETE", "COMPLETE", "SKIPPED"]
    assert "m2: no sky level by match (no overlap or no good pixel): left at 0" in caplog.messages
    # With its own sky it has one.
    record = measure(grid, skymethod="global+match")
    assert levels(record) == pytest.approx([10, 11, 12])
    assert record.levels["m2"].status == "COMPLETE"


def test_levels_of_the_user_are_recorded_without_reading_a_pixel(tmp_path, measure):
    paths = [tile(tmp_path / f"{k}.asdf", 10 + k, (k, 0)) for k in range(2)]
    grid = grid_of(tmp_path, paths)
    (tmp_path / "levels.txt").write_text("m0 0.25\n1.asdf -0.5\n")
    for path in paths:
        (tmp_path / path).unlink()
    record = measure(grid, skymethod="user", skylist=str(tmp_path / "levels.txt"))
    assert (levels(record), statuses(record)) == ([0.25, -0.5], ["COMPLETE", "COMPLETE"])
    assert record.method == "user" and all(sky.fingerprint and sky.error is None for sky in record.levels.values())


@pytest.mark.parametrize(
    ("skymethod", "expected"),
    [
        ("match", [0, 0, 7.5, 7.5]),
        ("global", [11] * 4),
        ("local", [11, 11, 18.5, 18.5]),
        ("global+match", [11, 11, 18.5, 18.5]),
    ],
)
def test_exposures_have_one_level_for_all_detectors(tmp_path, measure, skymethod, expected):
    # The detectors of an exposure differ by 2 and by 1; each overlaps that of the other exposure on its own place.
    skies, places = [10, 12, 18, 19], [(0, 0), (3, 0), (0.1, 0), (3.1, 0)]
    paths = [tile(tmp_path / f"{k}.asdf", *what) for k, what in enumerate(zip(skies, places, strict=True))]
    grid = str(tmp_path / "grid.asdf")
    define_grid([(path, f"m{k}", "ab"[k // 2]) for k, path in enumerate(paths)], grid)
    record = measure(grid, skymethod=skymethod, match_by="exposure")
    np.testing.assert_allclose(levels(record), expected, atol=1e-6)
    if "match" in skymethod:
        assert [sky.island for sky in record.levels.values()] == [1] * 4
        assert sorted(o.residual for o in record.overlaps) == pytest.approx([-0.5, 0.5], abs=1e-6)


def test_background_images_are_taken_off_before_the_sky_is_measured(tmp_path, measure, caplog):
    paths = [tile(tmp_path / f"{k}.asdf", 10 + k, (k, 0)) for k in range(2)]
    asdf.AsdfFile({"data": np.full((60, 60), 4.5)}).write_to(tmp_path / "b.asdf")
    record = measure(grid_of(tmp_path, paths), background_images={"m0": str(tmp_path / "b.asdf")})
    assert levels(record) == pytest.approx([0, 5.5])
    assert "1 of 2 members have no background image: m1" in caplog.messages


def test_skip_gives_zero_to_all_without_reading_a_pixel(tmp_path, measure):
    paths = [tile(tmp_path / f"{k}.asdf", 10 + k, (k, 0)) for k in range(2)]
    grid = grid_of(tmp_path, paths)
    for path in paths:
        (tmp_path / path).unlink()
    record = measure(grid, skip=True)
    assert list(record.levels) == ["m0", "m1"]
    assert (levels(record), statuses(record)) == ([0.0, 0.0], ["SKIPPED", "SKIPPED"])


def test_levels_are_in_megajanskys_whatever_the_input_is_in(tmp_path, measure):
    path = tile(tmp_path / "a.asdf", 10, (0, 0))
    model = datamodels.open(path, memmap=False)
    set_step_status(model, "flux", "INCOMPLETE")
    save_image(model, path)
    model.close()
    grid = grid_of(tmp_path, [path])
    assert levels(measure(grid, skymethod="local")) == pytest.approx([10 * CONVERSION])
    assert levels(measure(grid, skymethod="local", flux_skip=True, counts_allowed=True)) == pytest.approx([10])
    with pytest.raises(InputError, match=r"a\.asdf: is in DN/s"):
        measure(grid, skymethod="local", flux_skip=True)


@pytest.mark.parametrize(
    ("dqbits", "expected"), [("~DO_NOT_USE+NON_SCIENCE", 10), (0, 30), ("JUMP_DET", 10), (None, 20)]
)
def test_flags_to_ignore_decide_what_is_measured(tmp_path, measure, dqbits, expected):
    path = tile(tmp_path / "a.asdf", 10, (0, 0))
    model = datamodels.open(path, memmap=False)
    model["data"][:20], model["dq"][:20] = 20, 1  # DO_NOT_USE
    model["data"][40:], model["dq"][40:] = 30, 0
    model["dq"][20:40] = 4  # JUMP_DET
    model["data"][20:41] = 10
    save_image(model, path)
    model.close()
    grid = grid_of(tmp_path, [path])
    assert levels(measure(grid, skymethod="local", skystat="median", dqbits=dqbits)) == [expected]


def test_sky_that_is_subtracted_already_is_refused(tmp_path, measure):
    path = tile(tmp_path / "a.asdf", 10, (0, 0))
    model = datamodels.open(path, memmap=False)
    model.meta["background"] = {"level": 1.0, "method": "match", "subtracted": True}
    save_image(model, path)
    model.close()
    with pytest.raises(InputError, match=r"a\.asdf: its sky is subtracted already"):
        measure(grid_of(tmp_path, [path]), skymethod="local")


def sky_with_stars():
    """Noise of width 1 around 50 with a tail of stars to the right."""
    rng = np.random.default_rng(2)
    data = 50 + rng.normal(size=200_000)
    data[:40_000] += rng.exponential(1.5, 40_000)
    return data.astype(np.float32)


def clipped(data, nclip, lsigma, usigma):
    for _ in range(nclip):
        mean, width = data.mean(dtype=float), data.std(dtype=float, ddof=1)
        data = data[(data >= mean - lsigma * width) & (data <= mean + usigma * width)]
    return data


def test_statistics_follow_their_definitions():
    data = sky_with_stars()
    rest = clipped(data, 5, 4, 4)
    found = {name: measure_sky(data, **DEFAULTS | {"skystat": name}) for name in ("mean", "median", "midpt", "mode")}
    for _, count, width, _ in found.values():
        assert count == rest.size
        assert width == pytest.approx(rest.std(dtype=float), rel=1e-4)
    assert found["mean"][0] == pytest.approx(rest.mean(dtype=float), abs=1e-4)
    assert found["median"][0] == pytest.approx(np.median(rest), abs=1e-4)
    # midpt is the median, mode the densest place, of a histogram with bins of a tenth of the width.
    bin_width = float(0.1 * rest.std())
    assert found["midpt"][0] == pytest.approx(np.median(rest), abs=bin_width / 2)
    density = stats.gaussian_kde(rest[::20])
    places = np.linspace(49, 52, 301)
    assert found["mode"][0] == pytest.approx(places[density(places).argmax()], abs=2 * bin_width)
    assert found["mode"][0] + 0.03 < found["median"][0] < found["mean"][0] - 0.03


def test_limits_exclude_pixels():
    data = np.arange(100, dtype=np.float32)
    settings = DEFAULTS | {"skystat": "mean", "nclip": 0}
    assert measure_sky(data, **settings)[:2] == (49.5, 100)
    assert measure_sky(data, **settings | {"lower": 50.0})[:2] == (74.5, 50)
    assert measure_sky(data, **settings | {"upper": 9.0})[:2] == (4.5, 10)
    assert measure_sky(data, **settings | {"lower": 10.0, "upper": 11.0})[:2] == (10.5, 2)
    assert measure_sky(data, **settings | {"lower": 1000.0}) is None
    assert measure_sky(data[:0], **settings) is None


RAMP = np.linspace(0, 1, 200)
SAMPLES = {
    "one pixel": np.zeros(1),
    "two pixels": np.array([0, 0.02]),
    "three pixels": np.array([0, 0.02, 0.05]),
    "constant": np.zeros(10_000),
    "noise-free ramp of 1e-6": np.repeat(1e-6 * RAMP, 200),
    "noise-free ramp": np.repeat(0.01 * RAMP, 200),
    "two values": np.repeat([0, 0.02], [5000, 5000]),
    "two values, one seldom": np.repeat([0, 0.02], [9000, 1000]),
    "noise": np.random.default_rng(5).normal(0, 0.02, 10_000),
    "faint noise": np.random.default_rng(5).normal(0, 1e-6, 10_000),
}


@pytest.mark.parametrize("binwidth", [0.1, 3.0, 5.0, 10.0, 100.0])
@pytest.mark.parametrize("skystat", ["mean", "median", "midpt", "mode"])
@pytest.mark.parametrize("name", SAMPLES)
def test_statistics_of_any_sample_lie_inside_it_and_follow_its_sky(name, skystat, binwidth):
    settings = DEFAULTS | {"skystat": skystat, "binwidth": binwidth}
    samples = [(SAMPLES[name] + sky).astype(np.float32) for sky in (0.3, 0.4)]
    found = [measure_sky(sample, **settings) for sample in samples]
    for sample, sky in zip(samples, found, strict=True):
        assert sample.min() - 1e-7 <= sky.sky <= sample.max() + 1e-7
    # float32 moves values by 3e-8, which may put them into other bins.
    assert found[1].sky - found[0].sky == pytest.approx(0.1, abs=max(1e-6, 0.1 * np.ptp(SAMPLES[name])))


@pytest.mark.parametrize("skystat", ["midpt", "mode"])
def test_statistics_without_a_histogram_are_the_median(skystat):
    settings = DEFAULTS | {"skystat": skystat}
    assert measure_sky(np.full(985, 0.1, np.float32), **settings).sky == pytest.approx(0.1)
    assert measure_sky(np.array([0.1, 0.2, 0.7], np.float32), **settings).sky == pytest.approx(0.2)
    data = sky_with_stars()
    assert measure_sky(data, **settings | {"binwidth": 50.0}).sky == np.median(clipped(data, 5, 4, 4))


@pytest.mark.parametrize("size", [100, 20_000])
@pytest.mark.parametrize("skystat", ["mean", "median", "mode", "midpt"])
def test_errors_are_the_scatter_among_stars(skystat, size):
    # Stars in a tenth of the pixels, as bright as the noise.
    rng = np.random.default_rng(6)
    samples = rng.normal(size=(300, size)) + rng.exponential(1, (300, size)) * (rng.random((300, size)) < 0.1)
    found = [measure_sky(sample.astype(np.float32), **DEFAULTS | {"skystat": skystat}) for sample in samples]
    ratio = np.sqrt(np.mean([sky.error**2 for sky in found])) / np.std([sky.sky for sky in found])
    assert ratio == pytest.approx(1, abs=0.1 if skystat in ("mean", "median") else 0.5)


def test_limits_hold_without_clipping():
    settings = DEFAULTS | {"skystat": "median", "nclip": 0, "upper": 9.0}
    assert measure_sky(np.arange(100, dtype=np.float32), **settings)[:2] == (4.5, 10)


@pytest.mark.parametrize(("nclip", "lsigma", "usigma"), [(0, 4, 4), (1, 4, 4), (5, 2, 4), (5, 4, 2), (3, 3, 3)])
def test_clipping_takes_as_many_rounds_and_widths_as_told(nclip, lsigma, usigma):
    data = sky_with_stars()
    settings = DEFAULTS | {"skystat": "mean", "nclip": nclip, "lsigma": lsigma, "usigma": usigma}
    level, count, *_ = measure_sky(data, **settings)
    expected = clipped(data, nclip, lsigma, usigma)
    assert count == expected.size
    assert level == pytest.approx(expected.mean(dtype=float), abs=1e-4)


def test_bin_width_sets_how_fine_the_mode_is():
    data = sky_with_stars()
    modes = [measure_sky(data, **DEFAULTS | {"binwidth": width})[0] for width in (0.05, 1.5)]
    assert modes[0] != modes[1]
    assert modes == pytest.approx([50.2, 50.2], abs=0.6)


def crowded(rng, size, ratio):
    """Two exposures of a field with light in a quarter of the pixels, the other one less noisy by a ratio."""
    light = rng.exponential(2, size) * (rng.random(size) < 0.25)
    return [(light + rng.normal(0, noise, size)).astype(np.float32) for noise in (1, 1 / ratio)]


def test_unequal_depths_leave_no_bias_where_pixels_are_compared():
    rng = np.random.default_rng(8)
    one, other = crowded(rng, 200_000, 3)
    found = measure_difference(one, other, **DEFAULTS | {"skystat": "difference"})
    assert abs(found.sky_i - found.sky_j) < 3 * found.error < 0.012
    assert np.hypot(found.noise_i, found.noise_j) == pytest.approx(np.hypot(1, 1 / 3), rel=0.02)
    assert found.noise_i > 2 * found.noise_j
    alone = [measure_sky(values, **DEFAULTS | {"skystat": "median"}).sky for values in (one, other)]
    assert alone[0] - alone[1] > 0.05
    back = measure_difference(other, one, **DEFAULTS | {"skystat": "difference"})
    assert back.sky_i - back.sky_j == found.sky_j - found.sky_i


def galaxies(rng, size, ratio):
    """Two exposures with galaxies of 50 pixels in a quarter of them, more of whose light one of the two sees."""
    light = np.repeat(rng.exponential(20, size // 50) * (rng.random(size // 50) < 0.25), 50)
    more = np.repeat(rng.normal(0, 0.1, size // 50), 50)
    noises = 1, 1 / ratio
    return [
        (light * (1 + sign * more) + rng.normal(0, noise, size)).astype(np.float32)
        for sign, noise in zip((1, -1), noises, strict=True)
    ]


@pytest.mark.parametrize("field", [crowded, galaxies])
def test_errors_of_differences_are_their_scatter(field):
    rng = np.random.default_rng(9)
    found = [measure_difference(*field(rng, 4000, 2), **DEFAULTS | {"skystat": "difference"}) for _ in range(300)]
    ratio = np.std([sky.sky_i - sky.sky_j for sky in found]) / np.mean([sky.error for sky in found])
    assert ratio == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("skystat", ["difference", "median"])
def test_a_field_is_matched_without_members_that_cannot_be_read(tmp_path, measure, caplog, skystat):
    paths = [tile(tmp_path / f"{k}.asdf", 10 + k, (0.2 * k, 0)) for k in range(3)]
    headers = read_headers(grid_of(tmp_path, paths))
    headers[1].fingerprint = "another file's"
    write_headers(tmp_path / "field.asdf", headers, {})
    record = measure(str(tmp_path / "field.asdf"), skystat=skystat)
    assert levels(record) == pytest.approx([0, 0, 2])
    assert statuses(record) == ["COMPLETE", "SKIPPED", "COMPLETE"]
    assert [(o.i, o.j) for o in record.overlaps] == [(0, 2)]
    assert sum("1.asdf" in text and "matched without it" in text for text in caplog.messages) == 1

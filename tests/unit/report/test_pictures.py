"""Every figure of the report: of a size for a screen, not blank, labelled, nothing written over something else."""

import itertools
import re
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.image import imread
from matplotlib.patches import Polygon
from matplotlib.text import Text
from psf.epsf_files import write_epsf_files
from wfimosaic.pictures import sky_picture
from wfimosaic.pictures.plot_mosaic import plot_mosaic
from wfimosaic.report.count_flags import count_flags
from wfimosaic.report.list_members import list_members
from wfimosaic.report.list_runs import list_runs
from wfimosaic.report.list_settings import list_settings
from wfimosaic.report.plot_flags import plot_flags
from wfimosaic.report.plot_footprints import plot_footprints
from wfimosaic.report.plot_maps import plot_maps
from wfimosaic.report.plot_noise import plot_noise
from wfimosaic.report.plot_psf import plot_psf
from wfimosaic.report.plot_sky import plot_sky
from wfimosaic.sky.sky_record import read_sky_record, write_sky_record
from wfimosaic.workflow.settings import complete

# What must be written on each figure.
WORDS = {
    "mosaic": ["P", "F158", "3 exposures", "Right ascension", "Declination", "Surface brightness [MJy/sr]"],
    "coverage": ["number of exposures, median", "Exposures", "Declination"],
    "unchecked": ["not checked for outliers: ", "% of the area", "one: not checked", "two or more"],
    "exposure_time": ["Exposure time [s]", "Right ascension"],
    "weight": ["weight (ivm-sky)", "1/(MJy/sr)", "Declination"],
    "error": ["1 sigma [MJy/sr]", "error, median"],
    "depth": ["Point source of 5 sigma [AB mag]", "depth, median 2"],
    "footprints": ["6 members of 3 exposures", "output grid", "exposure 3: ", "Declination"],
    "sky": ["Sky [MJy/sr]", "before", "after", "method match"],
    "seams": [
        "residual sky offsets",
        "in units of its error",
        "Right ascension",
        "the largest: ",
        "6 r0000101001001001001",
    ],
    "steps": ["Sky offset [MJy/sr]", "in units of its error", "noise alone", "scatter"],
    "noise": ["width found: 0.6", "width expected: 0.6", "square kernel, pixfrac 1", "correlation factor 1.", "err"],
    "apertures": ["depth in apertures", "Radius of the aperture [arcsec]", "[AB mag]", "found", "expected: err"],
    "psf": ["PSF, median 0.", "arcsec, ellipticity 0.", "Full width at half maximum [arcsec]", "Declination"],
    "outliers": ["Outliers [%", "Declination"],
    "flagged": ["WFI01", "WFI02", "outliers [%]", "other bad pixels [%]"],
}


@pytest.fixture(scope="module")
def flags(finished_product, tmp_path_factory):
    path = str(tmp_path_factory.mktemp("flags") / "flags.asdf")
    count_flags(finished_product.members, finished_product.grid, path)
    return path


@pytest.fixture(scope="module")
def figures(finished_product, flags, tmp_path_factory):
    """Draw all figures: by name, the PNG's path and what was written where [pixel]."""
    folder = tmp_path_factory.mktemp("pictures")
    paths = {name: str(folder / f"{name}.png") for name in WORDS}
    maps, grid = ("coverage", "unchecked", "exposure_time", "weight", "error", "depth"), finished_product.grid
    written = []

    def close(figure):
        written.append(_written(figure))
        plt.close(figure)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sky_picture, "plt", _Pyplot(close))
        plot_mosaic(finished_product.mosaic, paths["mosaic"])
        plot_maps(finished_product.mosaic, grid, *[paths[name] for name in maps])
        plot_footprints(grid, paths["footprints"], "P")
        sky = [paths[name] for name in ("sky", "seams", "steps")]
        plot_sky(finished_product.sky, finished_product.outlier_grid, *sky, "P")
        plot_noise(finished_product.mosaic, paths["noise"], paths["apertures"], "P")
        patch.setattr("wfimosaic.report.plot_psf.COUNT", 6)
        epsf = write_epsf_files(folder / "epsf", "F158", (1, 2), 256)
        plot_psf(finished_product.mosaic, paths["psf"], str(folder / "P_psf.asdf"), epsf)
        plot_flags(flags, grid, paths["outliers"], paths["flagged"], "P")
    checks = ("sky", "seams", "steps", "noise", "apertures", "psf", "outliers", "flagged")
    order = ("mosaic", *maps, "footprints", *checks)
    return {name: (paths[name], texts) for name, texts in zip(order, written, strict=True)}


class _Pyplot:
    """Pyplot, whose figures are looked at before they are closed."""

    def __init__(self, close):
        self.close = close

    def __getattr__(self, name):
        return getattr(plt, name)


def _written(figure):
    figure.canvas.draw()
    texts = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    texts = [text for text in texts if text not in _out_of_view(figure)]
    # Sky axes keep the names of their coordinates to themselves.
    sky = [coordinate.get_axislabel() for axes in figure.axes if hasattr(axes, "coords") for coordinate in axes.coords]
    return [(text.get_text(), text.get_window_extent()) for text in texts] + [(name, None) for name in sky]


def _out_of_view(figure):
    # Labels of ticks beyond the ends of their axis are not drawn.
    beyond = set()
    for axes in figure.axes:
        for axis in () if hasattr(axes, "coords") else (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            beyond |= {tick.label1 for tick in axis.get_major_ticks() if not low <= tick.get_loc() <= high}
    return beyond


@pytest.mark.parametrize("name", WORDS)
def test_figure_is_of_a_size_for_a_screen_and_not_blank(figures, name):
    picture = imread(figures[name][0])[..., :3]
    height, width = picture.shape[:2]
    assert 450 <= height <= 1000 and 550 <= width <= 1350
    assert picture.std() > 0.05
    middle = picture[height // 5 : -height // 5, width // 5 : -width // 5]
    assert len(np.unique(middle.reshape(-1, 3), axis=0)) > 10, "nothing is drawn"


@pytest.mark.parametrize("name", WORDS)
def test_figure_is_labelled(figures, name):
    text = "\n".join(text for text, _ in figures[name][1])
    assert [words for words in WORDS[name] if words not in text] == []


@pytest.mark.parametrize("name", WORDS)
def test_no_words_lie_over_others(figures, name):
    written = [(text, box) for text, box in figures[name][1] if box is not None]
    for (one, box), (other, place) in itertools.combinations(written, 2):
        # Members' numbers may touch where their footprints do.
        if not (one.isdigit() and other.isdigit()):
            assert not box.overlaps(place), (one, other)


def test_many_exposures_are_numbered_by_their_colours(finished_product, tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr(sky_picture, "plt", _Pyplot(drawn.append))
    monkeypatch.setattr("wfimosaic.report.plot_footprints.MAX_NAMES", 2)
    plot_footprints(finished_product.grid, str(tmp_path / "f.png"), "P")
    [figure] = drawn
    numbers = [text for text, _ in _written(figure)]
    assert "Number of the exposure" in numbers and {"1", "2", "3"} <= set(numbers)
    footprints, bar = figure.axes
    assert not [label.get_text() for label in bar.get_yticklabels() if "." in label.get_text()]
    edges = {tuple(np.round(patch.get_edgecolor(), 6)) for patch in footprints.patches if isinstance(patch, Polygon)}
    assert edges == {tuple(np.round(colour, 6)) for colour in bar.collections[-1].cmap.colors}
    plt.close(figure)


def test_of_many_members_those_with_the_largest_offsets_are_numbered(finished_product, tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr(sky_picture, "plt", _Pyplot(drawn.append))
    monkeypatch.setattr("wfimosaic.report.plot_sky.MAX_MEMBERS_NAMED", 2)
    plot_sky(finished_product.sky, finished_product.outlier_grid, *(str(tmp_path / f"{k}.png") for k in range(3)), "P")
    levels, seams, steps = drawn
    texts = [text for text, _ in _written(seams)]
    worst = re.search(r"between (\d+) and (\d+)", "\n".join(texts)).groups()
    assert {text.get_text() for text in seams.axes[0].texts if text.get_text().isdigit()} == set(worst)
    names = finished_product.stems
    assert all(f"{k} {names[int(k) - 1]}" in "\n".join(texts) for k in worst)
    for figure in (levels, steps):
        for axes in figure.axes:
            assert not [label.get_text() for label in axes.get_xticklabels() if "." in label.get_text()]
    for figure in drawn:
        plt.close(figure)


def test_many_exposures_are_counted_in_whole_numbers(finished_product, tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr(sky_picture, "plt", _Pyplot(drawn.append))
    monkeypatch.setattr("wfimosaic.report.plot_maps.MAX_COLOURS", 1)
    plot_maps(finished_product.mosaic, finished_product.grid, *(str(tmp_path / f"{k}.png") for k in range(6)))
    ticks = drawn[0].axes[-1].get_yticks()
    assert len(ticks) > 1 and set(ticks % 1) == {0.0}
    for figure in drawn:
        plt.close(figure)


def words_of(page):
    return " ".join(re.sub(r"<style>.*?</style>|<[^>]*>", " ", open(page).read(), flags=re.S).split())


def test_members_are_listed_with_what_was_excluded_and_why(finished_product, flags, tmp_path):
    record, stem = read_sky_record(finished_product.sky), finished_product.stems[2]
    record.levels[stem] = replace(record.levels[stem], status="SKIPPED")
    write_sky_record(record, tmp_path / "sky.json")
    page = tmp_path / "members.html"
    list_members(finished_product.mosaic, finished_product.grid, tmp_path / "sky.json", flags, page)
    words = words_of(page)
    assert "6 members of 3 exposures" in words and all(stem in words for stem in finished_product.stems)
    assert "b_cal.asdf its exptype in the association is not science" in words
    marked = re.findall(r'<tr class="marked">.*?</tr>', page.read_text(), re.S)
    assert len(marked) == 1 and finished_product.stems[2] in marked[0] and "no sky level found" in marked[0]
    sky = record.levels[finished_product.stems[1]]
    assert f"2027-03-01 00:10:00 139 {sky.level:.3g} {sky.error:.3g} 1 " in words


def test_gradients_are_listed_where_there_are_any(finished_product, flags, tmp_path):
    record, stem = read_sky_record(finished_product.sky), finished_product.stems[2]
    record.levels[stem] = replace(record.levels[stem], slope=(0.00123, -0.00456), slope_error=(0.001, 0.001))
    write_sky_record(record, tmp_path / "sky.json")
    list_members(
        finished_product.mosaic, finished_product.grid, tmp_path / "sky.json", flags, tmp_path / "members.html"
    )
    words = words_of(tmp_path / "members.html")
    assert "island gradient to the right [MJy/sr] upwards outliers [%]" in words
    assert " 1 0.00123 -0.00456 " in words and " 1 - - " in words


def test_settings_are_complete_and_what_differs_is_marked(finished_product, tmp_path):
    config = complete({"associations": ["asn.json"], "results": "elsewhere", "picture": {"upper_percentile": 99}})
    list_settings(finished_product.mosaic, tmp_path / "settings.html", config)
    text = (tmp_path / "settings.html").read_text()
    rows = [re.findall(r"<td[^>]*>(.*?)</td>", line) for line in text.splitlines() if line.startswith("<tr")]
    listed = {(row[0], row[1]) for row in rows if len(row) == 4}
    for name, value in config.items():
        assert (
            {(name, option) for option in value} <= listed if isinstance(value, dict) else ("general", name) in listed
        )
    marked = [re.findall(r"<td[^>]*>(.*?)</td>", line) for line in text.splitlines() if 'class="marked"' in line]
    assert [row[1:3] for row in marked] == [
        ["associations", "asn.json"],
        ["results", "elsewhere"],
        ["upper_percentile", "99"],
    ]


def test_run_times_are_added_up(tmp_path):
    folder = tmp_path / "benchmarks"
    (folder / "flag_outliers").mkdir(parents=True)
    header = "s\tmax_rss\tcpu_time\n"
    for path, seconds, memory, cpu in (
        ("flag_outliers/a", "12000.5", "900.1", "11000"),
        ("flag_outliers/b", "30", "1200", "20"),
        ("resample", "100", "NA", "180"),
    ):
        line = f"{seconds}\t{memory}\t{cpu}\n"
        (folder / f"{path}.tsv").write_text(header + line)
    list_runs(str(folder), tmp_path / "runs.html", "P")
    words = words_of(tmp_path / "runs.html")
    # Numbers of many digits are not written as powers of ten.
    assert "flag_outliers 2 12030 12000 11020 1200 resample 1 100 100 180" in words and "all 3 12130 - 11200" in words
    assert "of the field" not in words
    shared = tmp_path / "survey" / "subtract_sky"
    shared.mkdir(parents=True)
    (shared / "exposure.tsv").write_text(header + "7\t400\t6\n")
    list_runs(str(folder), tmp_path / "runs.html", "P", str(shared.parent))
    words = words_of(tmp_path / "runs.html")
    assert "all 3 12130 - 11200" in words.split("Rules of the field survey")[0]
    assert "subtract_sky 1 7 7 6 400" in words.split("Rules of the field survey")[1]

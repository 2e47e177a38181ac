"""Draw maps of a mosaic: coverage, what is not checked for outliers, exposure time, weight, error and depth."""

import numpy as np
from matplotlib.colors import BoundaryNorm, ListedColormap

from ..grid.grid import read_grid
from ..mosaic.mosaic_file import MosaicRecord
from ..pictures.coverage import covered, exposures_and_time
from ..pictures.point_source import depth as point_source_depth
from ..pictures.preview import open_preview
from ..pictures.show_image import even_ticks, logarithmic, show_image, whole_ticks
from ..pictures.sky_picture import sky_picture

# Up to this many exposures each has a colour of its own.
MAX_COLOURS = 12
WEIGHT_UNITS = {"ivm": "1/(MJy/sr)$^2$", "ivm-sky": "1/(MJy/sr)$^2$", "exptime": "s", "none": "images"}


def plot_maps(mosaic, grid, coverage, unchecked, exposure_time, weight, error, depth):
    """Draw six maps of a mosaic as PNG.

    Parameters
    ----------
    mosaic : str
        An `_i2d` file.
    grid : str
        The mosaic grid's file, which says which members are one exposure.
    coverage, unchecked, exposure_time, weight, error, depth : str
        The pictures to write.
    """
    groups = read_grid(grid).groups()
    with open_preview(mosaic) as preview:
        exposure_times = _column(preview.meta["individual_image_meta"]["exposure"], "effective_exposure_time")
        count, time = exposures_and_time(preview.context(), groups.values(), exposure_times)
        with _picture(coverage, preview, f"number of exposures, {_typical(count)}") as axes:
            _show_count(axes, count)
        fraction = MosaicRecord.of(preview.meta).unchecked
        with _picture(unchecked, preview, f"not checked for outliers: {100 * fraction:.3g} % of the area") as axes:
            _show_unchecked(axes, np.where(np.isfinite(count), (count == 1) | (fraction == 1), np.nan))
        with _picture(exposure_time, preview, f"exposure time, {_typical(time)} s") as axes:
            show_image(axes, time, "Exposure time [s]", low=0, cmap="viridis")
        kind = preview.meta["resample"]["weight_type"]
        image = covered(preview.read("weight"))
        with _picture(weight, preview, f"weight ({kind})") as axes:
            show_image(axes, image, f"Weight [{WEIGHT_UNITS[kind]}]", low=0, cmap="viridis")
        image = preview.read("err")
        with _picture(error, preview, f"error, {_typical(image)} MJy/sr") as axes:
            label = "Error of a pixel, 1 sigma [MJy/sr]"
            even_ticks(show_image(axes, image, label, norm=logarithmic(image), cmap="plasma"))
        scale = preview.meta["wcsinfo"]["pixel_scale"] * 3600
        image = MosaicRecord.of(preview.meta).noise.get("aperture_factor", 1.0) * image
        image = point_source_depth(image, scale, preview.meta["instrument"]["optical_element"])
        with _picture(depth, preview, f"depth, {_typical(image)} mag") as axes:
            show_image(axes, image, "Point source of 5 sigma [AB mag]", low=_low(image), cmap="cividis")


def _picture(path, preview, what):
    return sky_picture(path, preview.wcs, preview.shape, preview.title(what))


def _typical(image):
    return f"median {np.nanmedian(image):.4g}" if np.isfinite(image).any() else "no pixel is covered"


def _low(image):
    # Stars make few pixels shallow by much; the field's own steps are what is to be seen.
    finite = image[np.isfinite(image)]
    return np.percentile(finite, 3) if finite.size else 0.0


def _show_count(axes, count):
    label = "Exposures"
    most = int(np.nanmax(count)) if np.isfinite(count).any() else 1
    if most > MAX_COLOURS:
        bar = show_image(axes, count, label, low=1, high=most, cmap="viridis")
        whole_ticks(bar.ax.yaxis)
        return
    norm = BoundaryNorm(np.arange(0.5, most + 1), 256)
    bar = show_image(axes, count, label, norm=norm, cmap="viridis")
    bar.set_ticks(range(1, most + 1))
    bar.minorticks_off()


def _show_unchecked(axes, unchecked):
    style = {"norm": BoundaryNorm([-0.5, 0.5, 1.5], 2), "cmap": ListedColormap(["tab:blue", "tab:orange"])}
    bar = show_image(axes, unchecked, "Exposures", **style)
    bar.set_ticks([0, 1], labels=["two or more", "one: not checked"])
    bar.minorticks_off()


def _column(table, name):
    # Of a table as plain asdf reads it.
    return np.array(table["columns"][list(table["colnames"]).index(name)]["data"])

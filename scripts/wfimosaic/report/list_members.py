"""List the members of a mosaic: what each brought, and what was excluded and why."""

import numpy as np

from ..drizzling.context import members_touching
from ..grid.grid import read_grid
from ..mosaic.mosaic_file import MosaicRecord, open_mosaic
from ..pictures.binning import step_for, thinned
from ..sky.sky_record import read_sky_record
from .flag_counts import read_flag_counts
from .html_page import Section, Table, write_page

HEADER = [
    "no.",
    "member",
    "detector",
    "exposure",
    "start",
    "time [s]",
    "sky level [MJy/sr]",
    "its error",
    "island",
    "outliers [%]",
    "other bad [%]",
    "part of mosaic [%]",
    "remarks",
]
MAX_PIXELS = 2000


def list_members(mosaic, grid, sky, flags, page):
    """Write the table of members as HTML.

    Parameters
    ----------
    mosaic : str
        An `_i2d` file.
    grid : str
        The mosaic grid's file.
    sky, flags : str
        What `match_sky` and `count_flags` wrote.
    page : str
        The page to write.
    """
    groups = {index: number for number, indices in enumerate(read_grid(grid).groups().values(), 1) for index in indices}
    levels = read_sky_record(sky).levels
    counts = read_flag_counts(flags).members
    with open_mosaic(mosaic) as roman:
        exposure = roman["meta"]["individual_image_meta"]["exposure"]
        shares = covered_by_each(np.asarray(roman["context"]), len(counts))
        excluded = MosaicRecord.of(roman["meta"]).excluded
        name = str(roman["meta"]["filename"])
        rows = [
            [
                k + 1,
                count.stem,
                count.detector,
                groups[k],
                str(exposure["start_time"][k])[:19].replace("T", " "),
                float(exposure["exposure_time"][k]),
                levels[count.stem].level,
                levels[count.stem].error,
                levels[count.stem].island,
                100 * count.outliers / count.pixels,
                100 * count.other_bad / count.pixels,
                100 * float(share),
                "; ".join(_remarks(levels[count.stem].status, share)),
            ]
            for k, (count, share) in enumerate(zip(counts, shares, strict=True))
        ]
    header = HEADER
    if any(level.slope for level in levels.values()):
        header = [*HEADER[:9], "gradient to the right [MJy/sr]", "upwards", *HEADER[9:]]
        for row in rows:
            row[9:9] = levels[row[1]].slope or (None, None)
    marked = {k for k, row in enumerate(rows) if row[-1]}
    heading = f"{len(rows)} members of {len(set(groups.values()))} exposures"
    sections = [Section(heading, table=Table(header, rows, marked)), _excluded_section(excluded)]
    write_page(page, f"Members of {name}", sections)


def _excluded_section(excluded):
    if not excluded:
        return Section("Excluded", "Nothing: every member of the association went into the mosaic.")
    return Section("Excluded", table=Table(["member", "why"], [[entry["path"], entry["reason"]] for entry in excluded]))


def covered_by_each(context, count):
    """Compute the fraction of the covered pixels that each member contributes to.

    Parameters
    ----------
    context : ndarray of uint32, shape (nplanes, ny, nx)
        Evenly sampled if it is large.
    count : int
        Number of members.

    Returns
    -------
    ndarray of float64, shape (count,)
    """
    step = step_for(context.shape[1:], MAX_PIXELS)
    planes = (thinned(plane[::step, ::step]) for plane in context)
    covered, fell = False, []
    for touched in members_touching(planes, count):
        covered = covered | touched
        fell.append(np.count_nonzero(touched))
    return np.array(fell) / max(1, np.count_nonzero(covered))


def _remarks(sky_status, share):
    if sky_status != "COMPLETE":
        yield "no sky level found: no sky was subtracted"
    if share == 0:
        yield "touches no pixel of the mosaic: outside of the grid, or all its pixels are bad"

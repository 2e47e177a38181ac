"""Put mosaics of one projection region together by whole pixels."""

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..drizzling.context import covered_and_single, members_touching, plane_count
from ..drizzling.renumber_members import renumber_members
from ..files.array_file import ArrayFile
from ..files.atomic_write import atomic_write
from ..files.scratch import scratch_folder
from ..files.strips import release_pages, strips
from ..grid.common_lattice import common_lattice
from ..grid.rectangle import Rectangle
from ..images.weights import effective_time
from .image_statistics import image_statistics
from .mosaic_file import finish_mosaic, model_of, open_mosaic, room_for
from .mosaic_header import exposures_of, read_mosaic_header
from .stitched_metadata import check_alike, order_of_members, stitched_metadata
from .write_fits import write_tree

log = logging.getLogger(__name__)

# What arrays have where no mosaic lies.
EMPTY = {"weight": 0, "context": 0, "dq": 0}


@dataclass
class Exposed:
    """The pixels on which anything fell: their number, their exposure time (its sum, the longest) [s].

    On `single` of them only members of one exposure fell.
    """

    count: int = 0
    single: int = 0
    total: float = 0.0
    longest: float = 0.0

    def add(self, time, single):
        """Count the pixels of a part: exposure time, 0 where there is none, and where there is a single exposure."""
        exposed = time[time > 0]
        self.count += exposed.size
        self.single += np.count_nonzero(single)
        self.total += float(exposed.sum(dtype=np.float64))
        self.longest = max(self.longest, float(exposed.max(initial=0)))

    @property
    def times(self):
        """What a mosaic's metadata say of its exposure times: dict."""
        return {"exposure_time": self.total / max(self.count, 1), "max_exposure_time": self.longest}


def stitch(paths, output):
    """Write one mosaic of several, without resampling them.

    Parameters
    ----------
    paths : list of str
        Mosaics whose pixels lie on one lattice, such as skycells of one projection region. Where they overlap the first
        one counts.
    output : str
        The ending says what to write: .asdf (a MosaicModel) or .fits.

    Returns
    -------
    (int, int)
        ny, nx of the mosaic.

    Raises
    ------
    InputError
        If they do not lie on one lattice, or were not made alike.
    """
    mosaics = [read_mosaic_header(path) for path in paths]
    check_alike(mosaics)
    lattice = common_lattice([(mosaic.path, mosaic.wcs, mosaic.shape) for mosaic in mosaics])
    members = order_of_members(mosaics)
    with scratch_folder(output) as scratch:
        room = room_for([mosaic.path for mosaic in mosaics])
        file = ArrayFile(scratch / "mosaic.asdf", _kinds(mosaics[0], lattice.shape, len(members)), room)
        arrays = file.arrays
        _fill_gaps(arrays, lattice, mosaics[0])
        exposed = Exposed()
        for k, mosaic in enumerate(mosaics):
            different, worst = _put(arrays, mosaic, lattice.places[k], lattice.places[:k], members, exposed)
            if different:
                log.warning(
                    "%s: %d pixels that others have too differ from theirs, by up to %.3g of their error: those of the "
                    "first mosaic are kept",
                    *(mosaic.path, different, worst),
                )
        meta = stitched_metadata(mosaics, members, lattice, exposed, image_statistics(arrays["data"]))
        logs = {name: log for mosaic in mosaics for name, log in zip(mosaic.members, mosaic.logs, strict=True) if log}
        rest = {"meta": meta, "individual_image_cal_logs": [logs[name] for name in members if name in logs]}
        WRITERS[Path(output).suffix](rest, file, output)
    return lattice.shape


def _kinds(mosaic, shape, members):
    planes = {"context": (plane_count(members),)}
    return {name: (dtype, (*planes.get(name, ()), *shape)) for name, dtype in mosaic.dtypes.items()}


def _fill_gaps(arrays, lattice, mosaic):
    fill = float(mosaic.record.settings.get("resample", {}).get("fillval", np.nan))
    values = {"data": fill} | EMPTY
    ny, nx = lattice.shape
    for rows in strips(slice(0, ny), nx):
        strip = Rectangle(rows, slice(0, nx))
        gap = ~_covered(strip, lattice.places)
        if gap.any():
            for name, array in arrays.items():
                array[..., rows, :][..., gap] = values.get(name, np.nan)
                release_pages(array)


def _covered(area, places):
    covered = np.zeros(area.shape, bool)
    for place in places:
        common = area.overlap(place)
        if common:
            covered[common.within(area)] = True
    return covered


def _put(arrays, mosaic, place, earlier, members, exposed):
    # The pixels that differ from those of earlier mosaics, and how much at most, in errors.
    number_of = {name: k for k, name in enumerate(members)}
    numbers = [number_of[name] for name in mosaic.members]
    exposures = exposures_of(mosaic.record.inputs)
    exposure_times = [effective_time(row["exposure"]) for row in mosaic.rows]
    different, worst = 0, 0.0
    with open_mosaic(mosaic.path) as roman:
        sources = {name: np.asarray(roman[name]) for name in arrays}
        for rows in strips(slice(0, mosaic.shape[0]), mosaic.shape[1]):
            strip = Rectangle(rows, slice(0, mosaic.shape[1]))
            area = Rectangle(slice(place.rows.start + rows.start, place.rows.start + rows.stop), place.columns)
            taken = _covered(area, earlier)
            pixels = {name: source[..., *strip.slices] for name, source in sources.items()}
            _, single = covered_and_single(dict(enumerate(pixels["context"])), exposures)
            time = _exposure_time(pixels["context"], exposure_times)
            exposed.add(np.where(taken, np.float32(0), time), single & ~taken)
            pixels["context"] = renumber_members(pixels["context"], numbers, len(members))
            if taken.any():
                there = {name: array[..., *area.slices] for name, array in arrays.items()}
                unlike = taken & np.any([_unlike(pixels[name], there[name]) for name in arrays], axis=0)
                different += np.count_nonzero(unlike)
                with np.errstate(divide="ignore", invalid="ignore"):
                    errors = np.abs(pixels["data"] - there["data"])[unlike] / there["err"][unlike]
                worst = max(worst, float(np.max(errors, initial=0, where=np.isfinite(errors))))
            for name, array in arrays.items():
                np.copyto(array[..., *area.slices], pixels[name], where=~taken)
            for array in (*sources.values(), *arrays.values()):
                release_pages(array)
    return different, worst


def _exposure_time(context, exposure_times):
    time = np.zeros(context.shape[1:], np.float32)
    for touched, seconds in zip(members_touching(context, len(exposure_times)), exposure_times, strict=True):
        time[touched] += np.float32(seconds)
    return time


def _unlike(values, others):
    unlike = (values != others) & ~((values != values) & (others != others))
    return unlike.any(axis=0) if unlike.ndim == 3 else unlike


def _write_asdf(rest, file, output):
    finish_mosaic(model_of(rest), file, output)


def _write_fits(rest, file, output):
    with atomic_write(output) as part:
        write_tree(file.arrays | rest, part)


WRITERS = {".asdf": _write_asdf, ".fits": _write_fits}

"""What a part of a mosaic records of its members: only those that fell on it."""

from dataclasses import replace

import numpy as np
from astropy.time import Time

from ..drizzling.context import PLANE_BITS, members_touching, plane_count
from ..images.weights import effective_time
from .mosaic_file import MosaicRecord
from .mosaic_header import exposures_of
from .mosaic_model import plain, time_span


def keep_members_of_part(part):
    """Drop what a part of a mosaic records of members that fell on none of its pixels.

    Parameters
    ----------
    part : dict
        The tree of a MosaicModel with the arrays of the part and the metadata of the whole.

    Returns
    -------
    dict
        The same with the numbers of the members that are left in `context`, their names, checksums, metadata and logs,
        and the times of their exposures. A part on which nothing fell stays as it is.
    """
    meta, context = part["meta"], part["context"]
    names, record = [str(name) for name in meta["resample"]["members"]], MosaicRecord.of(meta)
    kept = [k for k, touched in enumerate(members_touching(context, len(names))) if touched.any()]
    if not kept:
        return part
    tables = {name: table[kept] for name, table in meta["individual_image_meta"].items()}
    exposures = [{name: plain(row[name]) for name in tables["exposure"].colnames} for row in tables["exposure"]]
    inputs = [record.inputs[k] for k in kept]
    renumbered, times = _renumber(context, kept, [effective_time(exposure) for exposure in exposures])
    span = time_span(exposures_of(inputs), [{"exposure": exposure} for exposure in exposures], range(len(kept)))
    meta = meta | {
        "coadd_info": {name: Time(time) for name, time in span.items()} | times,
        "individual_image_meta": tables,
        "resample": dict(meta["resample"].items()) | {"members": [names[k] for k in kept], "pointings": len(kept)},
    }
    replace(record, inputs=inputs).save_to(meta)
    part = part | {"meta": meta, "context": renumbered}
    logs = plain(part.get("individual_image_cal_logs", []))
    if len(logs) == len(names):
        part["individual_image_cal_logs"] = [logs[k] for k in kept]
    return part


def _renumber(context, kept, exposure_times):
    # The context of the members that are kept, and how long they looked.
    new = np.zeros((plane_count(len(kept)), *context.shape[1:]), np.uint32)
    time = np.zeros(context.shape[1:], np.float32)
    for number, (old, seconds) in enumerate(zip(kept, exposure_times, strict=True)):
        touched = context[old // PLANE_BITS] >> np.uint32(old % PLANE_BITS) & np.uint32(1)
        new[number // PLANE_BITS] |= touched << np.uint32(number % PLANE_BITS)
        time += np.float32(seconds) * touched.astype(np.float32)
    exposed = time[time > 0]
    return new, {"exposure_time": float(exposed.mean(dtype=np.float64)), "max_exposure_time": float(exposed.max())}

"""What a mosaic's metadata say of its noise, in `meta.wfimosaic.noise`."""

import numpy as np

FACTORS = ("aperture_factor", "correlation_factor", "pixel_scatter")


def noise_record(whole, center, position):
    """Write down how the noise of a mosaic is correlated.

    Parameters
    ----------
    whole, center : Correlation
        Of all the mosaic and of what lies around its centre.
    position : (float, float)
        RA and Dec of the latter [deg].

    Returns
    -------
    dict
        The properties of `Correlation`; `center` with ra, dec, and the correlation_factor and kernel there. What
        cannot be told, as a mosaic has too few pixels, is missing.
    """
    record = {}
    if whole:
        record |= {name: getattr(whole, name) for name in (*FACTORS, "kernel")}
    if center:
        ra, dec = (float(value) for value in position)
        own = {"correlation_factor": center.correlation_factor, "kernel": center.kernel}
        record["center"] = {"ra": ra, "dec": dec, **own}
    return record


def mean_noise(records):
    """Average what several mosaics record of their noise: dict; the centre is that of the first."""
    known = [record for record in records if "kernel" in record]
    mean = {name: np.mean([record[name] for record in known], axis=0).tolist() for name in (*FACTORS, "kernel")}
    centers = [{"center": record["center"]} for record in records if "center" in record]
    return (mean if known else {}) | (centers[0] if centers else {})

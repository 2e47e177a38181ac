"""What a mosaic's metadata say of its noise, in `meta.wfimosaic.noise`."""

import numpy as np

PROPERTIES = ("aperture_factor", "correlation_factor", "pixel_scatter", "kernel")


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
        The properties of `Correlation`, and in `center` what they are there, with ra and dec. What cannot be told, as
        a mosaic has too few pixels, is missing.
    """
    record = _properties(whole) if whole else {}
    if center:
        ra, dec = (float(value) for value in position)
        record["center"] = {"ra": ra, "dec": dec, **_properties(center)}
    return record


def _properties(correlation):
    return {name: getattr(correlation, name) for name in PROPERTIES}


def mean_noise(records):
    """Average what several mosaics record of their noise: dict; the centre is that of the first."""
    known = [record for record in records if "kernel" in record]
    mean = {name: np.mean([record[name] for record in known], axis=0).tolist() for name in PROPERTIES}
    centers = [{"center": record["center"]} for record in records if "center" in record]
    return (mean if known else {}) | (centers[0] if centers else {})

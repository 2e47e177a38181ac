"""The sets of images: a real simulator's, and two detectors whose sky levels differ by many times the noise."""

import json
from pathlib import Path

import numpy as np
from roman_datamodels import datamodels
from wfimosaic.images.image_file import open_image, save_image
from wfimosaic.simulation.focal_plane import PIXEL_SCALE, detector_offset
from wfimosaic.simulation.scene import make_scene
from wfimosaic.simulation.simulate_members import dither, name_exposure, simulate_image
from wfimosaic.sky.read_noise import read_noise_variance

VISIT = "0000101001001001001"
SHAPE = (512, 512)
CENTER = (270.0, 66.0)
# Sky of each exposure and detector [DN/s]; the noise of a pixel is about 0.04 DN/s.
SKY = {(1, 1): 0.30, (1, 2): 0.75, (2, 1): 0.50, (2, 2): 0.95, (3, 1): 0.38, (3, 2): 0.66}
# A skycell of the tessellation, its centre, and images on it.
SKYCELL = {
    "target": "000p86x26y39",
    "center": (351.4308912, 84.5812244),
    "sky": {(1, 1): 0.30, (2, 1): 0.75, (3, 1): 0.50},
}
# The last schema with float32 errors and variances, and the newest that romancal 1.1.0 opens.
TAGS = {
    "float32": "asdf://stsci.edu/datamodels/roman/tags/wfi_image-1.4.0",
    "float16": "asdf://stsci.edu/datamodels/roman/tags/wfi_image-2.1.0",
}
KEPT = {
    "instrument": ["detector", "optical_element"],
    "exposure": ["exposure_time", "effective_exposure_time", "start_time", "end_time", "type"],
    "photometry": ["conversion_megajanskys", "pixel_area"],
    "wcsinfo": ["ra_ref", "dec_ref", "roll_ref", "v3yangle", "vparity", "s_region"],
}


def simulate_set(folder, precision, sky=SKY, center=CENTER, derived_noise=False, target="None"):
    """Write simulated images and their association.

    Parameters
    ----------
    folder : Path
        It gives the product its name.
    precision : str
        float32, or float16 as new files have it: the type of the errors and variances.
    sky : dict of (int, int) to float
        Sky [DN/s] by exposure and detector.
    center : (float, float)
        RA and Dec of the field [deg].
    derived_noise : bool
        Leave the read noise variance out, as new files do.
    target : str
        Name of a skycell.

    Returns
    -------
    Path
        The association.
    """
    folder.mkdir()
    places = np.array([detector_offset(detector) for _, detector in sky])
    middle = tuple((places.min(axis=0) + places.max(axis=0)) / 2)
    scene = make_scene(*center, radius=1.4 * max(SHAPE) * PIXEL_SCALE, stars=250, galaxies=250)
    names = []
    for (exposure, detector), level in sky.items():
        model, _ = simulate_image(
            scene,
            dither(exposure, center, SHAPE),
            detector,
            SHAPE,
            background=level,
            seed=100 * exposure + detector,
            cosmic_rays=250,
            read_noise_array=not derived_noise,
            with_inverse=True,  # romancal needs it
            tag=TAGS[precision],
            middle=middle,
        )
        if precision == "float32":
            _add_flat_variance(model)
        name_exposure(model, VISIT, exposure)
        names.append(f"r{VISIT}_{exposure:04d}_wfi{detector:02d}_f158_cal.asdf")
        save_image(model, folder / names[-1])
    return write_association(folder / "asn.json", folder.name, names, target)


def _add_flat_variance(model):
    # A flat field that is good to half a percent.
    variance = (0.005 * np.nan_to_num(model["data"])) ** 2
    model["var_flat"] = variance
    model["err"] = np.sqrt(model["err"] ** 2 + variance)


def copy_in_float32(images, folder):
    """Write images again with float32 errors and variances, so that romancal computes with full precision.

    Parameters
    ----------
    images : list of Path
        `_cal` files.
    folder : Path

    Returns
    -------
    Path
        The association.
    """
    folder.mkdir()
    for path in images:
        with open_image(path) as old:
            new = datamodels.ImageModel.create_fake_data(shape=old.data.shape, tag=TAGS["float32"])
            arrays = {name: np.array(old[name], dtype=np.float32) for name in ("data", "err", "var_poisson")}
            arrays["var_rnoise"] = read_noise_variance(arrays["err"], arrays["var_poisson"])
            for name, array in {**arrays, "dq": np.array(old["dq"])}.items():
                new[name] = array
            for group, keys in KEPT.items():
                new.meta[group] |= {key: old.meta[group][key] for key in keys}
            new.meta["observation"] |= dict(old.meta["observation"])
            new.meta["cal_step"] = dict(old.meta["cal_step"])
            new.meta["wcs"] = old.meta["wcs"]
            save_image(new, folder / path.name)
    return write_association(folder / "asn.json", folder.name, [path.name for path in images])


def write_association(path, name, members, target="None"):
    """Write an association of one product: Path."""
    table = {
        "asn_type": "None",
        "asn_rule": "DMS_ELPP_Base",
        "code_version": "1",
        "degraded_status": "No known degraded exposures in association.",
        "program": "noprogram",
        "data_release_id": "p",
        "version_id": None,
        "target": target,
        "constraints": "No constraints",
        "asn_id": "a3001",
        "asn_pool": "none",
        "skycell_wcs_info": "none",
        "products": [{"name": name, "members": [{"expname": str(m), "exptype": "science"} for m in members]}],
    }
    path = Path(path)
    path.write_text(json.dumps(table, indent=1))
    return path

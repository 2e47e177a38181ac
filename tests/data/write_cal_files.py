"""Write the same small `_cal` image with the installed roman_datamodels, with each compression: ... FOLDER VERSION.

Runs in the environments that `make_cal_files.py` makes, some of them older than the workflow's own.
"""

import sys
from pathlib import Path

import asdf
import gwcs
import numpy as np
from astropy import coordinates
from astropy import units as u
from astropy.modeling import models
from gwcs import coordinate_frames
from roman_datamodels import datamodels

SHAPE = (48, 64)
PIXEL = 0.11 / 3600
COMPRESSIONS = (None, "lz4", "zlib", "bzp2")


def arrays():
    """Noise around a sky of 0.3 DN/s: half-precision numbers in all but data, as new schemas store no others."""
    rng = np.random.default_rng(17)
    poisson = rng.uniform(0.002, 0.004, SHAPE).astype(np.float16).astype(np.float32)
    err = np.sqrt(poisson + np.float32(0.003)).astype(np.float16).astype(np.float32)
    data = (0.3 + err * rng.standard_normal(SHAPE)).astype(np.float32)
    dq = np.where(rng.random(SHAPE) < 0.01, np.uint32(1), np.uint32(0))
    return {"data": data, "dq": dq, "err": err, "var_poisson": poisson, "var_rnoise": err**2 - poisson}


def distorted_wcs():
    """A tangent plane seen through a slight distortion."""
    ny, nx = SHAPE
    x = models.Polynomial2D(2, c1_0=1, c2_0=1e-5, c1_1=-2e-5)
    y = models.Polynomial2D(2, c0_1=1, c0_2=2e-5, c1_1=1e-5)
    transform = (
        models.Shift(-(nx - 1) / 2) & models.Shift(-(ny - 1) / 2)
        | models.Mapping((0, 1, 0, 1))
        | x & y
        | models.AffineTransformation2D(matrix=PIXEL * np.array([[-1.0, 0.0], [0.0, 1.0]]))
        | models.Pix2Sky_TAN()
        | models.RotateNative2Celestial(80.0, -30.0, 180.0)
    )
    detector = coordinate_frames.Frame2D(name="detector", axes_names=("x", "y"), unit=(u.pix, u.pix))
    sky = coordinate_frames.CelestialFrame(reference_frame=coordinates.ICRS(), name="world", unit=(u.deg, u.deg))
    wcs = gwcs.WCS([(detector, transform), (sky, None)])
    wcs.bounding_box = ((-0.5, nx - 0.5), (-0.5, ny - 0.5))
    return wcs


def new_model():
    """An ImageModel with whatever metadata its release makes up."""
    if hasattr(datamodels.ImageModel, "create_fake_data"):
        return datamodels.ImageModel.create_fake_data(shape=SHAPE)
    from roman_datamodels import maker_utils

    return maker_utils.mk_datamodel(datamodels.ImageModel, shape=SHAPE)


def image():
    """The image as this release stores it."""
    model = new_model()
    for name in [name for name in model.keys() if "border_ref_pix" in name or name == "amp33"]:  # noqa: SIM118
        model[name] = np.zeros((2,) * np.ndim(model[name]), model[name].dtype)
    for name, array in arrays().items():
        if name in model.keys():  # noqa: SIM118
            model[name] = array.astype(model[name].dtype)
    if "var_flat" in model.keys():  # noqa: SIM118
        model["var_flat"] = np.zeros(SHAPE, model["var_flat"].dtype)
    meta = model.meta
    meta["wcs"] = distorted_wcs()
    meta["wcsinfo"].update({"ra_ref": 80.0, "dec_ref": -30.0, "roll_ref": 0.0, "v3yangle": 0.0, "vparity": -1})
    meta["instrument"].update({"detector": "WFI01", "optical_element": "F158"})
    meta["photometry"].update({"conversion_megajanskys": 0.77, "pixel_area": float(np.radians(PIXEL) ** 2)})
    meta["exposure"].update({"type": "WFI_IMAGE", "exposure_time": 139.0, "effective_exposure_time": 139.0})
    return model


def write(folder, version):
    """Write a file for each compression."""
    for compression in COMPRESSIONS:
        model = image()
        path = Path(folder) / f"{version}_{compression or 'none'}_cal.asdf"
        model.meta["filename"] = type(model.meta["filename"])(path.name)
        file = asdf.AsdfFile()
        file["roman"] = model._instance
        file.write_to(path, all_array_compression=compression)


if __name__ == "__main__":
    write(*sys.argv[1:])

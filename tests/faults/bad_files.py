"""Ways to spoil a `_cal` file."""

import asdf
import numpy as np
from astropy.modeling import models
from roman_datamodels import datamodels
from wfimosaic.images.image_file import open_image, save_image
from wfimosaic.simulation.focal_plane import detector_wcs


def spoil(path, change):
    """Rewrite a `_cal` file after a change of its model, with checksums as real files have them."""
    with open_image(path) as model:
        change(model)
        save_image(model, path)
    add_checksums(path)


def add_checksums(path):
    """Write a file again with the checksums of its blocks, which the simulation leaves out."""
    with asdf.open(path, lazy_load=False, memmap=False) as file:
        file.write_to(path)


def cut(path, fraction):
    """Leave a fraction of a file's bytes."""
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * fraction)])


def replace(**arrays):
    """Change arrays: values by name, each a number or a function of the old array."""

    def change(model):
        for name, value in arrays.items():
            old = np.array(model[name])
            new = value(old) if callable(value) else np.full(old.shape, value)
            model[name] = new.astype(old.dtype)

    return change


def update(group, **values):
    """Change values of a group of the metadata."""

    def change(model):
        model.meta[group] |= values

    return change


def point(ra, dec):
    """Replace its WCS by that of another pointing."""

    def change(model):
        model.meta["wcs"] = detector_wcs((ra, dec, 40.0), 1, model.shape)

    return change


def remove_wcs(model):
    """Leave it without WCS."""
    model.meta["wcs"] = None


def break_wcs(model):
    """Make the WCS give NaN."""
    wcs = model.meta["wcs"]
    wcs.insert_transform("detector", models.Scale(np.nan) & models.Identity(1), after=True)


def shorten(model):
    """Take a row off one array."""
    model["err"] = np.array(model["err"])[:-1]


def write_tree(path):
    """Write an ASDF file that is of no Roman kind."""
    asdf.AsdfFile({"hello": "world", "data": np.ones((8, 8))}).write_to(path)


def write_mosaic(path):
    """Write a Level 3 mosaic."""
    datamodels.MosaicModel.create_fake_data(shape=(8, 8)).save(path)


def write_level1(path):
    """Write a Level 1 ramp."""
    datamodels.ScienceRawModel.create_fake_data(shape=(2, 8, 8)).save(path)

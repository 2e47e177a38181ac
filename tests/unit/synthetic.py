"""Members, images and grids so simple that the right answer is known."""

import numpy as np
from roman_datamodels import datamodels
from wfimosaic.drizzling.member_part import member_part
from wfimosaic.grid import pixel_map
from wfimosaic.grid.blocks import Block, part_in_block
from wfimosaic.grid.define_grid import define_grid
from wfimosaic.grid.grid import GridMember
from wfimosaic.grid.rectangle import Rectangle
from wfimosaic.images.calibration import set_step_status
from wfimosaic.images.image_file import save_image
from wfimosaic.images.sky_noise import block_numbers
from wfimosaic.simulation.scene import make_scene
from wfimosaic.simulation.simulate_members import simulate_image


def plane_member(shape, center, scale=1.0, angle=0.0, bend=0.0, stem="member", group=None, bow=0.0):
    """Make a member that lies on a grid turned by `angle` [deg], its middle at `center`.

    `scale` is the size of its pixels in output pixels, `bend` times its width how far positions along straight
    edges are moved, `bow` times its width how far the middle of an edge is from straight.
    """
    ny, nx = shape
    box = (-0.5, nx - 0.5, -0.5, ny - 0.5)
    x, y = np.meshgrid(pixel_map.nodes(*box[:2], 5), pixel_map.nodes(*box[2:], 5))
    u, v = x - (nx - 1) / 2, y - (ny - 1) / 2
    u, v = u + bend * u**2 / nx + 4 * bow * v**2 / ny, v - bend * u * v / nx + 4 * bow * u**2 / nx
    cos, sin = scale * np.cos(np.radians(angle)), scale * np.sin(np.radians(angle))
    values = np.stack([center[0] + cos * u - sin * v, center[1] + sin * u + cos * v], axis=-1)
    return GridMember(f"{stem}_cal.asdf", stem, group or stem, shape, box, pixel_map.fit(values))


def whole(shape):
    """The block that is a whole grid."""
    area = Rectangle.whole(shape)
    return Block(*area.slices, area)


def part_and_map(member, block, drop):
    """Rows and columns of a member's part in a block and the positions of all its pixels, or None."""
    part = part_in_block(member, block, drop.reach)
    origin = (block.outer.columns.start, block.outer.rows.start)
    return part and (part, member.pixel_map(*part, origin))


def drizzle_in_bands(alone, member, block, drop, values, weight):
    """Drizzle a whole member onto a block as its steps do, band by band: whether any of it falls there."""
    part = member_part(member, block, drop)
    if part is None:
        return False
    alone.begin(part.area, drop)
    for band in part.bands():
        alone.add(values[:, *band.part], weight[band.part], band.positions, corner=band.corner)
    alone.finish()
    return True


def image_model(data, **arrays):
    """Make an ImageModel with these arrays in MJy/sr: floats but `data` become float16, as in new files."""
    model = datamodels.ImageModel.create_fake_data(shape=data.shape)
    model["data"] = data.astype(np.float32)
    for name, array in arrays.items():
        model[name] = array.astype(model[name if name in model else "err"].dtype)
    set_step_status(model, "flux", "COMPLETE")
    return model


def write_image(
    path, data, level=None, subtracted=True, exposure_time=100.0, effective_time=90.0, sky_noise=None, **arrays
):
    """Write an image as the steps before drizzling leave it, with a variance of 1 on empty sky: str."""
    model = image_model(data, **arrays)
    model.meta["exposure"] |= {"exposure_time": exposure_time, "effective_exposure_time": effective_time}
    blocks = [block_numbers(length)[-1] + 1 for length in data.shape]
    model.meta["wfimosaic"] = {"sky_noise": np.ones(blocks, np.float32) if sky_noise is None else sky_noise}
    if level is not None:
        model.meta["background"] = {"level": level, "method": "match", "subtracted": subtracted}
    with np.errstate(over="ignore"):
        save_image(model, path)
    return str(path)


def write_cal(path, pointing=(40.0, 0.0, 0.0), shape=(60, 60), sky=1.0, wcs=None, light=0.0, **changes):
    """Write a `_cal` file in MJy/sr of empty sky: str.

    `light` is added to its data without any noise of its own, `changes` are groups of metadata to update.
    """
    scene = make_scene(*pointing[:2], 1, 0, 0)
    model, _ = simulate_image(scene, pointing, shape=shape, background=sky, cosmic_rays=0, bad_fraction=0, noise=False)
    model["data"] += np.float32(light)
    set_step_status(model, "flux", "COMPLETE")
    model.meta["wcs"] = wcs or model.meta["wcs"]
    for group, values in changes.items():
        model.meta[group] |= values
    save_image(model, path)
    return str(path)


def define(output, paths, **settings):
    """Run define_grid on files m0, m1 ...: str."""
    define_grid([(str(path), f"m{k}", None) for k, path in enumerate(paths)], output, **settings)
    return str(output)

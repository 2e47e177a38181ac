"""`wfimosaic psf`: the PSF of a mosaic at a place, or at many."""

import argparse

from ..association.association import product_of
from ..errors import InputError
from .output_file import check_output
from .sky_position import add_position

EXAMPLE = """\
example: wfimosaic psf results/demo_f158/demo_f158_i2d.asdf 270.0025 66.0003 --epsf "epsf/*.asdf" -o psf.fits"""
DESCRIPTION = """\
Compute the PSF of a mosaic at a place: that of each member there, drizzled as the run has drizzled the member. It
adds up to 1; the file says, too, what each member's share is, and how much of a star's light the mosaic has in it
(captured).
Reference files of the type EPSF are in https://roman-crds.stsci.edu, one for each detector and filter."""
STAMP, GRID = (".asdf", ".fits", ".png"), (".asdf", ".fits")


def add_command(subparsers):
    """Declare the subcommand."""
    parser = subparsers.add_parser(
        "psf", help="the PSF of a mosaic at a place", description=DESCRIPTION, epilog=EXAMPLE
    )
    parser.add_argument("mosaic", metavar="MOSAIC", help="an _i2d.asdf file in its folder of results")
    add_position(parser, " of the star", nargs="?")
    parser.add_argument("--size", type=float, default=4.0, help="width and height [arcsec] (default: 4)")
    parser.add_argument(
        "--oversample",
        type=int,
        metavar="N",
        help="samples in a pixel of the mosaic, in x and in y; each is the light in a whole pixel around it (default: "
        "1; with --grid 4)",
    )
    parser.add_argument(
        "--epsf",
        metavar="FILES",
        help="Roman's reference files of PSFs, as in \"folder/*.asdf\" (default: the report's)",
    )
    parser.add_argument(
        "--grid",
        type=int,
        metavar="N",
        help="N x N PSFs over the mosaic in one file, not one at RA, DEC; photutils' GriddedPSFModel reads .fits",
    )
    parser.add_argument(
        "-o", "--output-file", help="file to write, ending in .asdf, .fits or .png (default: PRODUCT_psf.asdf)"
    )
    return parser


def run(parsed: argparse.Namespace):
    """Write the PSF and print what it is."""
    output = parsed.output_file or f"{product_of(parsed.mosaic)}_psf.asdf"
    endings = GRID if parsed.grid is not None else STAMP
    check_output(output, endings, "a PSF", [parsed.mosaic])
    if parsed.grid is None and parsed.dec is None:
        raise InputError("RA and DEC are missing: say where, or --grid N for places all over the mosaic")
    oversample = parsed.oversample if parsed.oversample is not None else (1 if parsed.grid is None else 4)
    if not 1 <= oversample <= 20:
        raise InputError(f"--oversample {oversample}: choose a whole number from 1 to 20")
    # Before numpy and asdf: one thread for linear algebra, as more would wait for each other, and libyaml for files.
    from ..workflow import job  # noqa: F401
    from .write_psf import write_psf, write_psfs

    if parsed.grid is None:
        print(write_psf(parsed.mosaic, parsed.epsf, parsed.ra, parsed.dec, parsed.size, oversample, output))
    else:
        print(write_psfs(parsed.mosaic, parsed.epsf, parsed.grid, parsed.size, oversample, output))

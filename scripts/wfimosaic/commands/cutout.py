"""`wfimosaic cutout`: cut a piece out of a mosaic."""

import argparse

from ..association.association import product_of
from .output_file import check_output
from .sky_position import add_position

EXAMPLE = "example: wfimosaic cutout results/demo_f158/demo_f158_i2d.asdf 270.0025 66.0003 20 -o star.fits"


def add_command(subparsers):
    """Declare the subcommand."""
    parser = subparsers.add_parser(
        "cutout",
        help="cut a piece out of a mosaic",
        description="Cut a square out of a mosaic, with its WCS and what is recorded of the members that fell on it: "
        "bits of the context count these. Only what is needed is read.",
        epilog=EXAMPLE,
    )
    parser.add_argument("mosaic", metavar="MOSAIC", help="an _i2d.asdf file")
    add_position(parser, " of the middle")
    parser.add_argument("size", metavar="SIZE", type=float, help="width and height [arcsec]")
    parser.add_argument(
        "-o", "--output-file", help="file to write, ending in .asdf, .fits or .png (default: PRODUCT_cutout.asdf)"
    )
    return parser


def run(parsed: argparse.Namespace):
    """Write the cutout and print its path and size."""
    from .cut_mosaic import WRITERS, cut_mosaic

    product = product_of(parsed.mosaic)
    output = parsed.output_file or f"{product}_cutout.asdf"
    check_output(output, WRITERS, "a cutout", [parsed.mosaic])
    ny, nx = cut_mosaic(parsed.mosaic, parsed.ra, parsed.dec, parsed.size, output)
    print(f"{output}: {nx} x {ny} pixels")

"""`wfimosaic stitch`: put skycells together."""

import argparse
import logging

from .output_file import check_output

EXAMPLE = "example: wfimosaic stitch -o region.asdf results/*_135p90x5?y5?_f158/*_i2d.asdf"


def add_command(subparsers):
    """Declare the subcommand."""
    parser = subparsers.add_parser(
        "stitch",
        help="put skycells of one projection region together",
        description="Put mosaics whose pixels lie on one lattice together by whole pixels: nothing is resampled.",
        epilog=EXAMPLE,
    )
    parser.add_argument("-o", "--output-file", required=True, help="file to write, ending in .asdf or .fits")
    parser.add_argument("mosaics", nargs="+", metavar="MOSAIC", help="an _i2d.asdf file; in overlaps the first counts")
    return parser


def run(parsed: argparse.Namespace):
    """Write the mosaic and print its path and size."""
    from ..mosaic.stitch import WRITERS, stitch

    logging.basicConfig(level=logging.WARNING, format="wfimosaic: %(message)s")
    output = parsed.output_file
    check_output(output, WRITERS, "a mosaic", parsed.mosaics)
    ny, nx = stitch(parsed.mosaics, output)
    print(f"{output}: {nx} x {ny} pixels")

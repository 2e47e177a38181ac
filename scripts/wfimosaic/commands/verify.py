"""`wfimosaic verify`: check that a mosaic is whole, and still matches what it was made of."""

import argparse

from ..errors import InputError

EXAMPLE = "example: wfimosaic verify results/demo_f158/demo_f158_i2d.asdf"


def add_command(subparsers):
    """Declare the subcommand."""
    parser = subparsers.add_parser(
        "verify",
        help="check a mosaic against its checksums and its inputs",
        description="Check that a mosaic is whole, and still matches what it was made of.",
        epilog=EXAMPLE,
    )
    parser.add_argument("mosaic", metavar="MOSAIC", help="an _i2d.asdf file")
    parser.add_argument("--inputs", default=".", help="the folder that snakemake ran in (default: here)")
    return parser


def run(parsed: argparse.Namespace):
    """Print what no longer matches, and fail if anything is wrong with the mosaic or its inputs."""
    from .verify_mosaic import verify_mosaic

    errors, notes = verify_mosaic(parsed.mosaic, parsed.inputs)
    for line in (*errors, *notes):
        print(line)
    if errors:
        raise InputError(
            f"{parsed.mosaic}: {len(errors)} found that is not as it was: make it again, or find the old files"
        )
    print(f"{parsed.mosaic}: whole, and its inputs are as they were")

"""The `wfimosaic` command: one subcommand for each thing that is done by hand."""

import argparse
import sys

from . import __version__, asn_from_list, cutout, explain, options, plan, verify, view
from .errors import InputError

SUBCOMMANDS = (asn_from_list, options, plan, cutout, explain, view, verify)


def main(arguments=None):
    """Run a subcommand.

    Parameters
    ----------
    arguments : list of str, optional
        Words after `wfimosaic`; by default those of the command line.

    Returns
    -------
    int
        0, or 1 after an error message of one line.
    """
    parser = argparse.ArgumentParser(
        prog="wfimosaic", description="Mosaics of Roman WFI images; the work itself is done by snakemake."
    )
    parser.add_argument("--version", action="version", version=f"wfimosaic {__version__}")
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")
    for module in SUBCOMMANDS:
        module.add_command(subparsers).set_defaults(run=module.run)
    parsed = parser.parse_args(arguments)
    try:
        parsed.run(parsed)
    except InputError as error:
        print(f"wfimosaic: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        return 1
    except OSError as error:
        print(f"wfimosaic: {error.filename or parsed.run.__module__}: {error.strerror or error}", file=sys.stderr)
        return 1
    return 0

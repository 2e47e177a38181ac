"""The `wfimosaic` command: one subcommand for each thing that is done by hand."""

import argparse
import os
import sys

from .. import __version__
from ..errors import InputError
from . import asn_from_list, cutout, explain, options, plan, psf, skycell_asn, stitch, verify, view
from .sky_position import protect_negative

SUBCOMMANDS = (asn_from_list, skycell_asn, options, plan, cutout, stitch, psf, explain, view, verify)


class CommandParser(argparse.ArgumentParser):
    """Shows examples as they are typed, and says in one line what is wrong with the words given."""

    def __init__(self, **settings):
        super().__init__(formatter_class=argparse.RawDescriptionHelpFormatter, **settings)

    def error(self, message):
        """End with code 2."""
        self.exit(2, f"{self.prog}: {message}: see {self.prog} --help\n")


def main(arguments=None):
    """Run a subcommand.

    Parameters
    ----------
    arguments : list of str, optional
        Words after `wfimosaic`; by default those of the command line.

    Returns
    -------
    int
        0, 1 after an error message of one line, 130 after Ctrl-C; wrong words on the command line end with 2.
    """
    parser = CommandParser(
        prog="wfimosaic",
        description="Mosaics of Roman WFI images; the work itself is done by snakemake.",
        epilog="example: wfimosaic plan --help",
    )
    parser.add_argument("--version", action="version", version=f"wfimosaic {__version__}")
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")
    for module in SUBCOMMANDS:
        module.add_command(subparsers).set_defaults(run=module.run)
    parsed = parser.parse_args(protect_negative(sys.argv[1:] if arguments is None else arguments))
    try:
        parsed.run(parsed)
    except InputError as error:
        print(f"wfimosaic: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # What reads the output has seen enough; Python would complain once more when it closes it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        print(f"wfimosaic: {error.filename or parsed.run.__module__}: {error.strerror or error}", file=sys.stderr)
        return 1
    except Exception as error:
        if sys.flags.dev_mode:
            raise
        what = " ".join(f"unexpected {type(error).__name__}: {error}".split())
        print(f"wfimosaic: {what}: please report it with what PYTHONDEVMODE=1 shows", file=sys.stderr)
        return 1
    return 0

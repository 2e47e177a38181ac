"""`wfimosaic view`: show mosaics in the browser."""

import argparse
from pathlib import Path

from ..errors import InputError

EXAMPLE = "example: wfimosaic view results"


def add_command(subparsers):
    """Declare the subcommand."""
    parser = subparsers.add_parser(
        "view",
        help="show mosaics in the browser",
        description="Serve the pages that `snakemake hips` made, to this machine alone. A click shows what `explain` "
        "does. Ctrl-C ends it.",
        epilog=EXAMPLE,
    )
    parser.add_argument("results", metavar="RESULTS", nargs="?", default="results", help="folder of results")
    parser.add_argument("--port", type=int, default=8000, help="port on localhost (default: 8000; 0: any free one)")
    return parser


def run(parsed: argparse.Namespace):
    """Serve until Ctrl-C."""
    from ..viewer.make_server import make_server
    from .explain_position import explain_position

    pages = sorted(
        page for place in ("*/hips", "*/hips/*") for page in Path(parsed.results).glob(f"{place}/index.html")
    )
    if not pages:
        raise InputError(f"{parsed.results}: no sky viewer is there: make it with snakemake hips")
    try:
        server = make_server(parsed.results, parsed.port, explain_position)
    except (OSError, OverflowError):
        raise InputError(f"port {parsed.port}: cannot be used: choose another with --port") from None
    with server:
        for page in pages:
            address = f"http://localhost:{server.server_port}/{page.parent.relative_to(parsed.results).as_posix()}/"
            print(address, flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()

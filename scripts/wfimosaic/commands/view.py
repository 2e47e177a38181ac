"""`wfimosaic view`: show mosaics in the browser."""

import argparse
import functools
import io
import os
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
from astropy.io import fits

from ..errors import InputError
from ..viewer.hips import TILE

# The preview of all 768 tiles of order 3, 64 x 64 pixels each, 27 in a row.
ALLSKY = (29 * 64, 27 * 64)
EXAMPLE = "example: wfimosaic view results"


def add_command(subparsers):
    """Declare the subcommand."""
    parser = subparsers.add_parser(
        "view",
        help="show mosaics in the browser",
        description="Serve the pages that `snakemake hips` made, to this machine alone. Ctrl-C ends it.",
        epilog=EXAMPLE,
    )
    parser.add_argument("results", metavar="RESULTS", nargs="?", default="results", help="folder of results")
    parser.add_argument("--port", type=int, default=8000, help="port on localhost (default: 8000; 0: any free one)")
    return parser


def run(parsed: argparse.Namespace):
    """Serve until Ctrl-C."""
    pages = sorted(Path(parsed.results).glob("*/hips/index.html"))
    if not pages:
        raise InputError(f"{parsed.results}: no sky viewer is there: make it with snakemake hips")
    try:
        server = make_server(parsed.results, parsed.port)
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


def make_server(folder, port):
    """Make a server for this machine alone: http.server.ThreadingHTTPServer.

    Parameters
    ----------
    folder : str
        What to serve.
    port : int
        0: any free one, see `server_port`.
    """
    return ThreadingHTTPServer(("127.0.0.1", port), functools.partial(TileHandler, directory=folder))


class TileHandler(SimpleHTTPRequestHandler):
    """Serves files, and an empty image where a HiPS has none."""

    def send_head(self):
        """Answer with a file, or an empty tile: viewers ask for tiles before they know where the sky ends."""
        path = self.translate_path(self.path)
        name = os.path.basename(path)
        if os.path.exists(path) or not name.startswith(("Npix", "Allsky")):
            return super().send_head()
        content = empty_image(ALLSKY if name.startswith("Allsky") else (TILE, TILE))
        self.send_response(200)
        self.send_header("Content-Type", "application/fits")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        return io.BytesIO(content)

    def log_message(self, *words):
        """Print nothing for each tile."""


@functools.cache
def empty_image(shape):
    """An image without any value, as FITS: bytes."""
    file = io.BytesIO()
    fits.PrimaryHDU(np.full(shape, np.nan, np.float32)).writeto(file)
    return file.getvalue()

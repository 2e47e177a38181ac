"""Serve a folder of sky viewers to the browser of this machine."""

import functools
import io
import os
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
from astropy.io import fits

from .hips import TILE

# The preview of all 768 tiles of order 3, 64 x 64 pixels each, 27 in a row.
ALLSKY = (29 * 64, 27 * 64)


def make_server(folder, port):
    """Return a server for this machine alone: http.server.ThreadingHTTPServer.

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
        """Answer with a file, or an empty tile: viewers also ask for tiles outside of the mosaic."""
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
    """Return an image without any value as FITS: bytes."""
    file = io.BytesIO()
    fits.PrimaryHDU(np.full(shape, np.nan, np.float32)).writeto(file)
    return file.getvalue()

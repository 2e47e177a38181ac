"""Serve a folder of sky viewers to the browser of this machine."""

import functools
import io
import json
import os
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
from astropy.io import fits

from ..errors import InputError
from ..files.as_json import as_json
from ..grid.sphere import unit_vectors
from .hips import TILE

# The preview of all 768 tiles of order 3, 64 x 64 pixels each, 27 in a row.
ALLSKY = (29 * 64, 27 * 64)


# What a page asks for at a click, beside itself.
PIXEL = "pixel"


def make_server(folder, port, explain=None):
    """Return a server for this machine alone: http.server.ThreadingHTTPServer.

    Parameters
    ----------
    folder : str
        What to serve.
    port : int
        0: any free one, see `server_port`.
    explain : callable, optional
        What is at a position: a function of a mosaic's path, RA and Dec [deg] that returns what JSON can hold, or
        raises InputError. It is called by one thread at a time.
    """
    handler = functools.partial(TileHandler, directory=folder)
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    server.explain, server.lock = explain, threading.Lock()
    return server


class TileHandler(SimpleHTTPRequestHandler):
    """Serves files, an empty image where a HiPS has none, and what is at a position of a page's mosaic."""

    def send_head(self):
        """Answer with a file, or an empty tile: viewers also ask for tiles outside of the mosaic."""
        path = self.translate_path(self.path)
        name = os.path.basename(path)
        if name == PIXEL and self.server.explain:
            return self._answer("application/json", json.dumps(self._pixel(Path(path).parent)).encode())
        if os.path.exists(path) or not name.startswith(("Npix", "Allsky")):
            return super().send_head()
        return self._answer("application/fits", empty_image(ALLSKY if name.startswith("Allsky") else (TILE, TILE)))

    def _answer(self, kind, content):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        return io.BytesIO(content)

    def _pixel(self, page):
        try:
            query = parse_qs(urlsplit(self.path).query)
            ra, dec = (float(query[name][0]) for name in ("ra", "dec"))
            parts = json.loads((page / "product.json").read_text())["parts"]
            part = next((part for part in parts if is_inside(part["outline"], ra, dec)), parts[0])
            # As seen from its page: where it was when that was made depends on the folder of the run.
            mosaic = os.path.normpath(page / part["place"])
            with self.server.lock:
                return as_json(self.server.explain(mosaic, ra, dec))
        except InputError as error:
            return {"error": str(error)}
        except (KeyError, ValueError, OSError):
            return {"error": "no position of a mosaic"}

    def log_message(self, *words):
        """Print nothing for each tile."""


def is_inside(outline, ra, dec):
    """Tell whether a position lies in the polygon of great circles between corners, less than 180 degrees wide.

    Parameters
    ----------
    outline : list of (float, float)
        RA and Dec of the corners of a convex polygon, in either direction [deg].
    ra, dec : float
        [deg]

    Returns
    -------
    bool
    """
    corners = unit_vectors(*np.transpose(outline))
    sides = np.cross(corners, np.roll(corners, -1, axis=0)) @ unit_vectors(ra, dec)
    near = corners.sum(axis=0) @ unit_vectors(ra, dec) > 0
    return bool(near and (np.all(sides >= 0) or np.all(sides <= 0)))


@functools.cache
def empty_image(shape):
    """Return an image without any value as FITS: bytes."""
    file = io.BytesIO()
    fits.PrimaryHDU(np.full(shape, np.nan, np.float32)).writeto(file)
    return file.getvalue()

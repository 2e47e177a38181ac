"""Write mapped arrays to a file without keeping them in memory."""

import io

from .strips import release_pages

# Bytes that are written before their pages are released.
CHUNK = 2**24


class ReleasingWriter(io.FileIO):
    """A new file without a buffer. Pages of mapped arrays that are written to it are released."""

    def __init__(self, path):
        super().__init__(path, "w")

    def write(self, data):
        """Write all bytes of an object: their number."""
        view, done = memoryview(data).cast("B"), 0
        while done < len(view):
            done += super().write(view[done : done + CHUNK])
            release_pages(view.obj)
        return done

"""Write files that appear whole or not at all."""

import os
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole_file(path):
    """Give a temporary path beside `path` and move it there when the block ends well.

    Parameters
    ----------
    path : str or Path
        Where the finished file belongs. Its folder is made if it is missing.

    Yields
    ------
    Path
        Where to write. It keeps the ending of `path`, for libraries that look at it.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{os.getpid()}-{path.name}")
    try:
        yield part
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)

"""Files to look at instead of those at URLs.

Without any nothing is imported that needs time.
"""

import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from ..association.urls import copy_of, is_url


@contextmanager
def local_headers(paths):
    """Copy the headers of what is at URLs, for a while.

    Parameters
    ----------
    paths : list of str
        Files and URLs.

    Yields
    ------
    dict of str to str
        The file to look at, for each of them: itself, or a copy of its header as large as the file.

    Raises
    ------
    InputError
    """
    urls = list(dict.fromkeys(filter(is_url, paths)))
    if not urls:
        yield {path: path for path in paths}
        return
    from .header_copy import copy_header
    from .remote_files import AT_ONCE, connect

    connect(urls)
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(AT_ONCE) as pool:
        copies = {url: copy_of(url, folder) for url in urls}
        list(pool.map(copy_header, copies.keys(), copies.values()))
        yield {path: copies.get(path, path) for path in paths}

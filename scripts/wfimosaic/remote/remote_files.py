"""Look up and copy files at URLs.

Snakemake's own storage inputs are not used: its main process would fetch them one after the other, a transfer that
breaks would end the whole run, and a server's page about an error would pass for the file.
"""

import logging
import os
import time
from concurrent.futures import ThreadPoolExecutor

from ..errors import InputError
from ..files.atomic_write import atomic_write
from . import http_files, s3_files
from .found import BrokenTransfer

log = logging.getLogger(__name__)

ATTEMPTS = 5
# Before the second attempt [s]; it doubles each time.
PAUSE = 2.0
# As many as the client of S3 has connections.
AT_ONCE = 10


def look_up_all(urls):
    """Ask servers for the sizes and the versions of files.

    Parameters
    ----------
    urls : iterable of str

    Returns
    -------
    found : dict of str to Found
    missing : dict of str to str
        What is wrong with others, each in one line.

    Raises
    ------
    InputError
        If a plugin that they need is not installed.
    """
    urls = list(dict.fromkeys(urls))
    connect(urls)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = dict(zip(urls, pool.map(_found_or_reason, urls), strict=True))
    missing = {url: answer for url, answer in answers.items() if isinstance(answer, str)}
    return {url: answer for url, answer in answers.items() if url not in missing}, missing


def connect(urls):
    """Make what threads share that ask for files; InputError if a plugin is not installed."""
    if any(url.startswith("s3://") for url in urls):
        s3_files.connect()


def _found_or_reason(url):
    try:
        return room_of(url).look_up(url)
    except BrokenTransfer as error:
        return f"{url}: {error}"
    except InputError as error:
        return str(error)


def copy_file(url, output, attempts=ATTEMPTS, pause=PAUSE):
    """Copy a file from a server; what breaks is tried again.

    Parameters
    ----------
    url : str
    output : str
    attempts : int
    pause : float
        Before the second attempt [s], twice as long before the next, and so on.

    Raises
    ------
    InputError
        If it is not there, may not be read or did not arrive whole in any attempt.
    """
    with atomic_write(output) as part:
        for attempt in range(1, attempts + 1):
            try:
                size = _copy_whole(url, part)
                break
            except BrokenTransfer as error:
                if attempt == attempts:
                    raise InputError(
                        f"{url}: {error}: {attempts} attempts failed: run the same command later"
                    ) from None
                log.warning("%s: %s: attempt %d of %d follows", url, error, attempt + 1, attempts)
                time.sleep(pause * 2 ** (attempt - 1))
    log.info("%s: %d bytes copied", url, size)


def _copy_whole(url, path):
    room = room_of(url)
    expected = room.look_up(url).size
    room.copy(url, path)
    size = os.path.getsize(path)
    if expected is not None and size != expected:
        raise BrokenTransfer(f"{size} of {expected} bytes arrived")
    return size


def room_of(url):
    """The module that knows about files at a URL, by its `look_up`, `copy` and `read_part`."""
    return s3_files if url.startswith("s3://") else http_files

"""Files at http:// and https:// URLs.

Logins come from ~/.netrc, as in curl.
"""

import logging
import shutil
from contextlib import contextmanager

import requests
import urllib3

from ..errors import InputError
from .found import NO_FILE, BrokenTransfer, Found

# How long a server may take to be reached, and be silent [s].
PATIENCE = (20, 60)
# Attempts to reach it, and before them pauses of 0, 1, 2 ... s.
RETRIES = urllib3.Retry(4, backoff_factor=0.5, status_forcelist=(429, 500, 502, 503, 504), raise_on_status=False)
# Of attempts that fail the last one is told.
logging.getLogger("urllib3").setLevel(logging.ERROR)
# Else some servers compress, and say another size.
AS_IT_IS = {"Accept-Encoding": "identity"}
NO_SUCH, NOT_ALLOWED, NO_HEAD = (404, 410), (401, 403), (405, 501)


def look_up(url):
    """Ask for the size and the version of a file: Found.

    Raises
    ------
    InputError
        If it is not there or may not be read.
    BrokenTransfer
        If its server cannot be reached, or has trouble.
    """
    with _answer("HEAD", url) as answer:
        if answer.status_code not in NO_HEAD:
            return _found(url, answer)
    with _answer("GET", url) as answer:
        return _found(url, answer)


def copy(url, path):
    """Copy a file to a path; see `look_up` for what is raised."""
    with _answer("GET", url) as answer, open(path, "wb") as file:
        _check(url, answer)
        try:
            shutil.copyfileobj(answer.raw, file, 2**20)
        except (urllib3.exceptions.HTTPError, ConnectionError, TimeoutError) as error:
            raise BrokenTransfer(f"the transfer broke: {error}") from error


def read_part(url, start, stop):
    """Read some bytes of a file, see `look_up`: bytes."""
    with _answer("GET", url, {"Range": f"bytes={start}-{stop - 1}"}) as answer:
        if answer.status_code == requests.codes.ok:
            raise InputError(f"{url}: its server does not send parts of files: copy it to look at its header")
        if answer.status_code != requests.codes.partial_content:
            _check(url, answer)
        try:
            return answer.content
        except requests.RequestException as error:
            raise BrokenTransfer(f"the transfer broke: {error}") from error


@contextmanager
def _answer(method, url, headers=()):
    with requests.Session() as session:
        for scheme in ("http://", "https://"):
            session.mount(scheme, requests.adapters.HTTPAdapter(max_retries=RETRIES))
        try:
            answer = session.request(method, url, stream=True, timeout=PATIENCE, headers=AS_IT_IS | dict(headers))
        except requests.exceptions.SSLError as error:
            raise InputError(f"{url}: its server's certificate is not valid: {error}: check the URL") from None
        except requests.RequestException as error:
            raise BrokenTransfer(
                f"its server cannot be reached ({type(error).__name__}): check URL and network"
            ) from None
        with answer:
            yield answer


def _found(url, answer):
    _check(url, answer)
    size = answer.headers.get("Content-Length", "")
    version = answer.headers.get("ETag") or answer.headers.get("Last-Modified") or ""
    return Found(int(size) if size.isdigit() else None, version)


def _check(url, answer):
    status = f"{answer.status_code} {answer.reason}"
    if answer.status_code == requests.codes.ok:
        return
    if answer.status_code in NO_SUCH:
        raise InputError(f"{url}: {NO_FILE}")
    if answer.status_code in NOT_ALLOWED:
        raise InputError(f"{url}: access is denied ({status}): put your login for its server into ~/.netrc")
    if answer.status_code in RETRIES.status_forcelist:
        raise BrokenTransfer(f"its server answers {status}")
    raise InputError(f"{url}: its server answers {status}: check the URL")

"""Members at URLs: which are, which can be, and where copies of them lie."""

import re

SCHEMES = ("s3", "https", "http")
# Neither of these parts may lead out of the folder of copies, nor hold what a server or Snakemake reads as more than
# a name: passwords, queries, wildcards.
PLACE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*(:\d{1,5})?")
NAME = re.compile(r"(?!\.\.?$)[^/\\{}?#\s]+")


def is_url(path):
    """Whether a member is given by a URL: bool."""
    return "://" in str(path)


def problem_of(url):
    """Tell why a URL cannot be a member's: str, or None if it can."""
    scheme, _, rest = url.partition("://")
    if scheme not in SCHEMES:
        return f"members can lie at {', '.join(f'{name}://' for name in SCHEMES)} or in files"
    place, *names = rest.split("/")
    if not PLACE.fullmatch(place) or not names or not all(map(NAME.fullmatch, names)):
        return (
            f"{scheme}://{'bucket/key' if scheme == 's3' else 'server/path'} is needed, without user, query, empty "
            "parts, blanks, .. and { or }"
        )
    return None


def copy_of(url, folder):
    """Where the copy of a URL lies in the folder of copies: str."""
    return f"{folder}/{url.replace('://', '/', 1)}"


def url_of(name):
    """The URL of a copy, from its path below the folder of copies: str."""
    return name.replace("/", "://", 1)

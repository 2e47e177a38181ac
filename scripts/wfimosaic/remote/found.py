"""What a server says of a file, and of its own trouble."""

from dataclasses import dataclass

NO_FILE = "there is no such file: check the association"


@dataclass(frozen=True)
class Found:
    """A file on a server: its size [bytes] (None: not told), and a mark that changes with its content."""

    size: int | None
    version: str


class BrokenTransfer(Exception):
    """Something that may go well at another attempt; the message says what happened."""

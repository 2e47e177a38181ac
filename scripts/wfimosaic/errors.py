"""The one exception that users are meant to see."""


class InputError(Exception):
    """Something that was given is wrong: the message names it, says why and what to do, in one line."""

"""Positions on the sky as people write them: 270.0025 66.0003, 18h00m00.6s 66d00m01s or 18:00:00.6 +66:00:01."""

import argparse
import re

NUMBER = r"(\d+(?:\.\d*)?)"
NUMERIC = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
SEXAGESIMAL = re.compile(rf"([+-]?){NUMBER}([hd°:])(?:{NUMBER}[m':]?(?:{NUMBER}[s\"]?)?)?")
# Words that argparse would take for options.
NEGATIVE = re.compile(r"-[0-9.]")


def right_ascension(text):
    """Read a right ascension [deg]: float. With colons it is in hours."""
    return _degrees(text, "h", ("h", "d"), "270.0025, 18h00m00.6s or 18:00:00.6")


def declination(text):
    """Read a declination [deg]: float."""
    return _degrees(text, "d", ("d",), "-5.5, -05d30m00s or -05:30:00")


def _degrees(text, colons, units, examples):
    given = text.strip()
    if NUMERIC.fullmatch(given):
        return float(given)
    match = SEXAGESIMAL.fullmatch("".join(given.lower().split()))
    if match:
        sign, whole, unit, minutes, seconds = match.groups()
        unit = {":": colons, "°": "d"}.get(unit, unit)
        minutes, seconds = float(minutes or 0), float(seconds or 0)
        if unit in units and minutes < 60 and seconds < 60:
            value = (float(whole) + minutes / 60 + seconds / 3600) * (15 if unit == "h" else 1)
            return -value if sign == "-" else value
    raise argparse.ArgumentTypeError(f"{given!r} is no such angle: write it as {examples}")


def add_position(parser, of, **options):
    """Declare the words for a position of something, with more `options` of `add_argument`."""
    for name, read, what, example in (
        ("ra", right_ascension, "right ascension", "18h00m00s"),
        ("dec", declination, "declination", "-05d30m00s"),
    ):
        words = f"{what}{of}, in degrees or as {example}"
        parser.add_argument(name, metavar=name.upper(), type=read, help=words, **options)


def protect_negative(words):
    """Return the words of a command line with those that begin with a negative number as no option begins."""
    return [f" {word}" if NEGATIVE.match(word) else word for word in words]

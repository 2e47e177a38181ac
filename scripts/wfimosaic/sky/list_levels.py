"""List the sky levels of a field's members apart from their overlaps, of which there are many more."""

import json

from ..files.atomic_write import atomic_write
from .sky_record import START_OF_LEVELS, read_level_lines


def list_levels(sky, output):
    """Write the levels of a sky record.

    Parameters
    ----------
    sky : str
        What `match_sky` wrote.
    output : str
        The file to write, which `read_sky_level` reads, too.
    """
    levels = [f"  {json.dumps(stem)}: {json.dumps(level)}" for stem, level in read_level_lines(sky).items()]
    with atomic_write(output) as part:
        part.write_text("{\n " + START_OF_LEVELS + "\n" + ",\n".join(levels) + "\n }\n}\n")

"""Cut arrays into strips so small that what is computed from them stays in the processor's cache."""

# Pixels of a strip: an array of float32 has 1 MB.
PIXELS = 2**18


def strips(rows, width):
    """Cut a span of rows into strips.

    Parameters
    ----------
    rows : slice
    width : int
        Pixels in a row.

    Yields
    ------
    slice
        Rows of each strip, in order.
    """
    height = max(1, PIXELS // max(1, width))
    for row in range(rows.start, rows.stop, height):
        yield slice(row, min(row + height, rows.stop))

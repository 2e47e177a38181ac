"""Rectangles of whole pixels, and how they lie in each other."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Rectangle:
    """Rows and columns of an image, as slices with a start and a stop. It is false if it is empty."""

    rows: slice
    columns: slice

    @classmethod
    def whole(cls, shape):
        """Return the rectangle that is a whole image of this shape (ny, nx)."""
        return cls(slice(0, shape[0]), slice(0, shape[1]))

    @classmethod
    def around(cls, rectangles):
        """Return the smallest rectangle that contains all others."""
        return cls(*(slice(min(s.start for s in sides), max(s.stop for s in sides)) for sides in _sides(*rectangles)))

    @property
    def shape(self):
        """Height and width (ny, nx)."""
        return (self.rows.stop - self.rows.start, self.columns.stop - self.columns.start)

    @property
    def slices(self):
        """Rows and columns, to be put in the brackets of an array."""
        return (self.rows, self.columns)

    def __bool__(self):
        return bool(min(self.shape) > 0)

    def overlap(self, other):
        """Return the rectangle that two have in common, which may be empty."""
        return Rectangle(*(slice(max(a.start, b.start), min(a.stop, b.stop)) for a, b in _sides(self, other)))

    def grown(self, margin, limit):
        """Return the rectangle with a margin on each side, as far as another one reaches."""
        wide = (slice(side.start - margin, side.stop + margin) for side in self.slices)
        return Rectangle(*wide).overlap(limit)

    def within(self, other):
        """Return the two slices that this rectangle is in an array that has the shape of another one."""
        return tuple(slice(a.start - b.start, a.stop - b.start) for a, b in _sides(self, other))


def _sides(*rectangles):
    return zip(*(rectangle.slices for rectangle in rectangles), strict=True)

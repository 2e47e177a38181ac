"""count_flags: flags of each member, and outliers where they lie on the sky."""

import numpy as np
import pytest
from roman_datamodels.dqflags import pixel
from wfimosaic.errors import InputError
from wfimosaic.grid.grid import read_grid
from wfimosaic.images.stored_image import stored_image
from wfimosaic.images.unreadable import write_unreadable
from wfimosaic.report.count_flags import count_flags
from wfimosaic.report.flag_counts import read_flag_counts


def test_flags_are_counted_where_they_lie(finished_product, tmp_path):
    grid = read_grid(finished_product.grid)
    count_flags(finished_product.members, finished_product.grid, tmp_path / "flags.asdf", workers=2)
    counts = read_flag_counts(tmp_path / "flags.asdf")
    expected = np.zeros_like(counts.outliers)
    for member, path, count in zip(grid.members, finished_product.members, counts.members, strict=True):
        dq = stored_image(path).read("dq")
        flagged = dq & pixel.OUTLIER != 0
        assert count.stem == member.stem and count.pixels == dq.size
        assert count.outliers == flagged.sum() == count.flags["OUTLIER"] > 0
        assert count.other_bad == ((dq & pixel.DO_NOT_USE != 0) & ~flagged).sum()
        for row, column in np.argwhere(flagged):
            x, y = member.pixel_map(slice(row, row + 1), slice(column, column + 1))[0, 0]
            expected[int(np.floor((y + 0.5) / counts.step)), int(np.floor((x + 0.5) / counts.step))] += 1
    np.testing.assert_array_equal(counts.outliers, expected)
    assert counts.pixels.sum() == pytest.approx(sum(count.pixels for count in counts.members), rel=0.02)


def test_a_member_of_a_field_that_could_not_be_read_is_named(finished_product, tmp_path):
    write_unreadable(tmp_path / "none.asdf", "a_cal.asdf: is truncated: copy it again")
    members = [*finished_product.members[:-1], str(tmp_path / "none.asdf")]
    with pytest.raises(InputError, match=r"^a_cal\.asdf: is truncated"):
        count_flags(members, finished_product.grid, tmp_path / "flags.asdf")

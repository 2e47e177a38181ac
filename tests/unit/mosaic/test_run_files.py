"""run_files: the files that a run leaves beside a mosaic."""

import pytest
from wfimosaic.errors import InputError
from wfimosaic.mosaic.run_files import member_file


def test_members_of_a_product_lie_beside_it_and_those_of_a_field_with_their_exposure(tmp_path):
    product, field = tmp_path / "cell", tmp_path / "survey"
    exposure = field / "outlier_detection" / "e1"
    for folder in (product, exposure):
        folder.mkdir(parents=True)
    (field / "survey_members.asdf").touch()
    (exposure / "a_outlier_detection.asdf").touch()
    assert member_file(product, "a", "outlier_detection") == str(exposure / "a_outlier_detection.asdf")
    (product / "a_outlier_detection.asdf").touch()
    assert member_file(product, "a", "outlier_detection") == str(product / "a_outlier_detection.asdf")
    with pytest.raises(InputError, match=r"b_outlier_detection\.asdf: is not there: .* with keep: all"):
        member_file(product, "b", "outlier_detection")

"""Members that hold nothing, break, or do not belong: what becomes of the mosaic."""

import subprocess
import sys
from pathlib import Path

import asdf
import numpy as np
import pytest
from wfimosaic.images.image_file import open_image, save_image


@pytest.fixture
def trio(new_project, simulated):
    return new_project(simulated.paths[::2])


def change(path, function):
    """Rewrite a member after a change of its model."""
    with open_image(path) as model:
        function(model)
        save_image(model, path)


def flag_all(model):
    model["dq"] = np.array(model.dq) | np.uint32(1)


def test_member_without_usable_pixels_is_left_out(trio):
    change(trio.members[1], flag_all)
    trio.run()
    with asdf.open(trio.result("P_i2d.asdf")) as file:
        context = np.array(file["roman"]["context"])
        excluded = file["roman"]["meta"]["wfimosaic"]["excluded"]
        assert np.bitwise_or.reduce(context, axis=None) == 0b101
        assert [entry["path"] for entry in excluded] == [f"members/{trio.members[1].name}"]
        assert "no usable pixel" in excluded[0]["reason"]
        assert file["roman"]["meta"]["coadd_info"]["max_exposure_time"] == pytest.approx(2 * 139)


def test_member_without_usable_pixels_can_be_an_error(trio):
    change(trio.members[1], flag_all)
    # Whichever jobs the scheduler starts first.
    code, output = trio.snakemake("--keep-going", on_bad_member="fail")
    assert code != 0 and not trio.result("P_i2d.asdf").exists()
    assert any(trio.members[1].name in line and "no usable pixel" in line for line in output.splitlines())
    assert trio.result(trio.members[0].name.replace("_cal", "_skymatch")).exists()


def test_flipped_bit_is_found_by_its_checksum(trio):
    content = bytearray(trio.members[1].read_bytes())
    content[len(content) // 2] ^= 1
    trio.members[1].write_bytes(content)
    code, output = trio.snakemake()
    assert code != 0 and not trio.result("P_i2d.asdf").exists()
    assert any(trio.members[1].name in line and "checksum" in line for line in output.splitlines()), output[-2000:]


CALIBRATIONS = [np.nan, -0.5, 0.0]


@pytest.mark.parametrize("factor", CALIBRATIONS)
def test_flux_conversion_that_is_no_positive_number(trio, factor):
    def spoil(model):
        model.meta.photometry["conversion_megajanskys"] = factor

    change(trio.members[1], spoil)
    code, output = trio.snakemake("--until", "match_sky")
    assert code != 0
    assert any(trio.members[1].name in line and "conversion_megajanskys" in line for line in output.splitlines())


def test_members_through_different_filters(trio):
    def swap(model):
        model.meta.instrument["optical_element"] = "F062"

    change(trio.members[1], swap)
    code, output = trio.snakemake()
    assert code != 0 and "different filters" in output and "F062" in output


def test_verify_tells_what_has_changed(trio):
    trio.run()
    words = [Path(sys.executable).parent / "wfimosaic", "verify", "results/P/P_i2d.asdf"]

    def verify():
        return subprocess.run(words, cwd=trio.folder, capture_output=True, text=True, check=False)

    assert verify().returncode == 0
    trio.members[0].write_bytes(trio.members[0].read_bytes() + b"\0")
    trio.members[1].unlink()
    done = verify()
    assert done.returncode == 1
    assert f"{trio.members[0].name}: has changed since" in done.stdout
    assert f"{trio.members[1].name}: is not there any more" in done.stdout
    mosaic = trio.result("P_i2d.asdf")
    content = bytearray(mosaic.read_bytes())
    content[len(content) // 2] ^= 1
    mosaic.write_bytes(content)
    assert "does not match its checksum" in verify().stdout

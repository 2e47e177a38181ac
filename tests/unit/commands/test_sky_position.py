"""sky_position: angles as people write them."""

import argparse

import pytest
from wfimosaic.commands.command import main
from wfimosaic.commands.sky_position import declination, right_ascension


@pytest.mark.parametrize("text", ["270.5", "18h02m00s", "18:02:00.0", "18h02m", "18H 02M 00.00S", "270d30m", "270°30'"])
def test_right_ascensions(text):
    assert right_ascension(text) == pytest.approx(270.5, abs=1e-12)


@pytest.mark.parametrize("text", ["-0.5125", "-00d30m45s", "-0:30:45", "-00d30.75m", "-0°30'45\""])
def test_declinations_keep_the_sign_of_minus_zero(text):
    assert declination(text) == pytest.approx(-0.5125, abs=1e-12)


@pytest.mark.parametrize(
    "text", ["", "-", "1h", "10d60m", "10d00m60s", "10m", "5d-3m", "1e", "N5", "nan", "-inf", "1_0"]
)
def test_what_is_no_declination_is_refused(text):
    with pytest.raises(argparse.ArgumentTypeError, match="is no such angle: write it as"):
        declination(text)


def test_a_negative_declination_is_no_option(capsys):
    assert main(["explain", "none_i2d.asdf", "18h00m00s", "-05d30m00s"]) == 1
    assert "none_i2d.asdf: no such file" in capsys.readouterr().err

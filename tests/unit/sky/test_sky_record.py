"""sky_record: what is written is read again, and other programs find it under the documented keys."""

import json

import pytest
from wfimosaic.errors import InputError
from wfimosaic.sky.sky_record import (
    Overlap,
    SkyLevel,
    SkyRecord,
    SkySample,
    read_sky_level,
    read_sky_record,
    write_sky_record,
)

RECORD = SkyRecord(
    method="global+match",
    levels={
        "a": SkyLevel("0123", 0.25, "COMPLETE", 0.03125, 1, (0.5, 0.25), (0.125, 0.0625)),
        "b": SkyLevel("4567", 0.0, "SKIPPED"),
    },
    overlaps=[Overlap(0, 1, 1.5, 1.25, 1000, 2000, 0.1, 0.2, 0.02, 0.5, -0.125, 0.0625, (-1.0, 0.0), (1.0, 0.5))],
    whole={"b": SkySample(1.25, 40_000, 0.125, 0.001)},
)


def test_record_is_read_as_it_was_written(tmp_path):
    write_sky_record(RECORD, tmp_path / "sky.json")
    assert read_sky_record(tmp_path / "sky.json") == RECORD


def test_a_level_is_read_alone(tmp_path):
    write_sky_record(RECORD, tmp_path / "sky.json")
    for stem, level in RECORD.levels.items():
        assert read_sky_level(tmp_path / "sky.json", stem) == level
    # What follows the levels is not looked at.
    text = (tmp_path / "sky.json").read_text()
    (tmp_path / "sky.json").write_text(text[: text.index("overlaps")])
    assert read_sky_level(tmp_path / "sky.json", "b") == RECORD.levels["b"]
    with pytest.raises(InputError, match=r"sky\.json: has no sky level of c"):
        read_sky_level(tmp_path / "sky.json", "c")


def test_json_names_members_and_unit(tmp_path):
    write_sky_record(RECORD, tmp_path / "sky.json")
    assert json.loads((tmp_path / "sky.json").read_text()) == {
        "method": "global+match",
        "unit": "MJy/sr",
        "levels": {
            "a": {
                "fingerprint": "0123",
                "level": 0.25,
                "status": "COMPLETE",
                "error": 0.03125,
                "island": 1,
                "slope": [0.5, 0.25],
                "slope_error": [0.125, 0.0625],
            },
            "b": {
                "fingerprint": "4567",
                "level": 0.0,
                "status": "SKIPPED",
                "error": None,
                "island": None,
                "slope": None,
                "slope_error": None,
            },
        },
        "overlaps": [
            {
                "i": 0,
                "j": 1,
                "sky_i": 1.5,
                "sky_j": 1.25,
                "count_i": 1000,
                "count_j": 2000,
                "members": ["a", "b"],
                "noise": [0.1, 0.2],
                "error": 0.02,
                "share": 0.5,
                "residual": -0.125,
                "residual_error": 0.0625,
                "place": [[-1.0, 0.0], [1.0, 0.5]],
            }
        ],
        "whole": {"b": [1.25, 40_000, 0.125, 0.001]},
    }

"""What reruns after a change: the table of the design, row by row."""

import os
import re

import pytest

MEMBERS = 6
PICTURE = {"plot_mosaic": 1}
MOSAIC = {"resample": 1, **PICTURE}
FLAGS = {"flag_outliers": MEMBERS, **MOSAIC}
MEDIAN = {"make_median": 1, **FLAGS}
IMAGES = {"subtract_sky": MEMBERS, **MEDIAN}
SKY = {"match_sky": 1, **IMAGES}
GRID = {"define_grid": 1, "define_mosaic_grid": 1, **SKY}

SETTINGS = [
    ({}, {}),
    ({"results": "results", "resample": {"pixfrac": 1, "kernel": "square"}}, {}),
    ({"outlier_detection": {"snr": "5 4", "scale": "1.20 0.70", "maskpt": 0.70}}, {}),
    ({"picture": {"upper_percentile": 99.0}}, PICTURE),
    ({"resample": {"pixfrac": 0.8}}, MOSAIC),
    ({"resample": {"kernel": "turbo"}}, MOSAIC),
    ({"resample": {"weight_type": "exptime"}}, MOSAIC),
    ({"resample": {"fillval": 0}}, MOSAIC),
    ({"resample": {"good_bits": "~DO_NOT_USE"}}, MOSAIC),
    ({"resample": {"include_var_flat": True}}, MOSAIC),
    ({"resample": {"propagate_dq": True}}, MOSAIC),
    ({"resample": {"pixel_scale": 0.1}}, {"define_mosaic_grid": 1, **MOSAIC}),
    ({"resample": {"pixel_scale_ratio": 0.5}}, {"define_mosaic_grid": 1, **MOSAIC}),
    ({"resample": {"rotation": 30}}, {"define_mosaic_grid": 1, **MOSAIC}),
    ({"resample": {"crval": [270.0, 66.0]}}, {"define_mosaic_grid": 1, **MOSAIC}),
    ({"resample": {"output_shape": [300, 200]}}, {"define_mosaic_grid": 1, **MOSAIC}),
    ({"outlier_detection": {"snr": "6.0 5.0"}}, FLAGS),
    ({"outlier_detection": {"scale": "1.0 0.5"}}, FLAGS),
    ({"outlier_detection": {"backg": 0.1}}, FLAGS),
    ({"outlier_detection": {"grow": 2}}, FLAGS),
    ({"outlier_detection": {"skip": True}}, FLAGS),
    ({"outlier_detection": {"maskpt": 0.5}}, MEDIAN),
    ({"outlier_detection": {"pixfrac": 0.9}}, MEDIAN),
    ({"outlier_detection": {"kernel": "turbo"}}, MEDIAN),
    ({"outlier_detection": {"weight_type": "exptime"}}, MEDIAN),
    ({"outlier_detection": {"good_bits": "~DO_NOT_USE"}}, MEDIAN),
    ({"outlier_detection": {"nlow": 1}}, MEDIAN),
    ({"outlier_detection": {"resample_data": False}}, MEDIAN),
    ({"outlier_detection": {"save_intermediate_results": True}}, {"save_exposures": 1}),
    ({"skymatch": {"subtract": False}}, IMAGES),
    ({"skymatch": {"skystat": "median"}}, SKY),
    ({"skymatch": {"nclip": 3}}, SKY),
    ({"skymatch": {"skip": True}}, SKY),
    ({"flux": {"skip": True}}, SKY),
    ({"resample": {"skip": True}}, {}),
]


@pytest.mark.parametrize(("config", "expected"), SETTINGS, ids=lambda value: re.sub(r"[{}' ]", "", str(value))[:60])
def test_setting(finished, config, expected):
    assert finished.jobs(**config) == expected


def test_order_of_keys_does_not_matter(finished):
    assert finished.jobs(resample={"kernel": "square", "pixfrac": 1.0}) == {}
    assert finished.jobs(resample={"pixfrac": 1.0, "kernel": "square"}) == {}


def test_member_removed_and_order_changed(finished):
    finished.associate({"P": finished.members[:-1]}, "fewer.json")
    fewer = {rule: count - (rule in ("subtract_sky", "flag_outliers")) for rule, count in GRID.items()}
    assert finished.jobs(associations=["fewer.json"]) == fewer
    finished.associate({"P": finished.members[::-1]}, "turned.json")
    assert finished.jobs(associations=["turned.json"]) == GRID


def test_comment_in_association(finished):
    finished.associate({"P": finished.members}, "noted.json", constraints="seen by me", asn_pool="a pool")
    changed = finished.jobs(associations=["noted.json"])
    # The mosaic remembers the association's name, and nothing else of it has changed.
    assert changed == MOSAIC


def test_new_version_of_a_member(finished):
    path = finished.members[2]
    content, times = path.read_bytes(), (path.stat().st_atime, path.stat().st_mtime)
    path.write_bytes(content + b"\0")
    assert finished.jobs() == GRID
    path.write_bytes(content)
    os.utime(path, times)


CODE = [
    ("outliers/flag_outliers.py", FLAGS),
    ("outliers/exposures.py", MEDIAN),
    ("pictures/plot_mosaic.py", PICTURE),
    ("mosaic/mosaic_block.py", MOSAIC),
    ("sky/match_sky.py", SKY),
    ("commands/command.py", {}),
]


@pytest.mark.parametrize(("module", "expected"), CODE, ids=[name for name, _ in CODE])
def test_edited_module(finished, module, expected):
    path = finished.folder / "scripts" / "wfimosaic" / module
    code = path.read_text()
    try:
        path.write_text(code + "\n# a comment\n\n\n")
        assert finished.jobs() == {}
        path.write_text(code + "\nEDITED = 1\n")
        assert finished.jobs() == expected
    finally:
        path.write_text(code)


def test_touched_script(finished):
    (finished.folder / "scripts" / "match_sky.py").touch()
    assert finished.jobs() == {}

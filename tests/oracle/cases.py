"""The cases: which images are run with which settings, by both sides alike."""

import csv
import json
from dataclasses import dataclass
from pathlib import Path

# Where our defaults differ from romancal's on purpose, both take ours; weights are romancal's, which has not got ours.
ALIKE = {
    "skymatch": {"subtract": True, "skystat": "mode", "dqbits": "~DO_NOT_USE+NON_SCIENCE"},
    "outlier_detection": {"good_bits": "~DO_NOT_USE+NON_SCIENCE", "weight_type": "ivm"},
    "resample": {"good_bits": "~DO_NOT_USE+NON_SCIENCE", "weight_type": "ivm"},
}


@dataclass(frozen=True)
class Case:
    """One comparison: its name, the set of images, and the options by step."""

    name: str
    images: str
    settings: dict

    @property
    def half_precision(self):
        """Whether the images hold their errors and variances as float16."""
        return not self.images.endswith("float32")

    @property
    def sky_method(self):
        """How the sky is found."""
        return self.settings["skymatch"].get("skymethod", "match")

    @property
    def cropped(self):
        """Whether the mosaic is too small for its members."""
        return self.settings["resample"].get("output_shape") is not None


def read_matrix():
    """Read the rows of matrix.csv: list of dict of option to text."""
    with open(Path(__file__).with_name("matrix.csv"), newline="") as file:
        return list(csv.DictReader(file))


def matrix_cases():
    """Make a case of each row of the matrix: list of Case."""
    return [
        Case(f"matrix_{number:02d}", "two_detectors_float32", _settings(row))
        for number, row in enumerate(read_matrix(), 1)
    ]


def _settings(row):
    settings = {step: dict(options) for step, options in ALIKE.items()}
    for key, text in row.items():
        step, option = key.split(".")
        settings[step][option] = text if option in ("snr", "scale") else _value(text)
    return settings


def _value(text):
    try:
        return json.loads(text)
    except ValueError:
        return text


CASES = [
    Case("romanisim", "romanisim_f158", ALIKE),
    Case("romanisim_float32", "romanisim_float32", ALIKE),
    Case("two_detectors", "two_detectors_float32", ALIKE),
    Case("two_detectors_float16", "two_detectors_float16", ALIKE),
    Case("skycell", "skycell_float32", ALIKE),
    *matrix_cases(),
]

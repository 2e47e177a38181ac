"""The profile for Slurm says how many cores each rule gets that uses more than one."""

import re
from pathlib import Path

import yaml

WORKFLOW = Path(__file__).resolve().parents[3] / "workflow"


def test_rules_with_threads_have_their_cores_in_the_profile():
    rules = "".join(path.read_text() for path in sorted((WORKFLOW / "rules").glob("*.smk")))
    blocks = re.findall(r"^(?:rule|checkpoint) (\w+):\n((?:(?:    .*)?\n)+)", rules, re.MULTILINE)
    wide = {name for name, block in blocks if "\n    threads:" in block}
    profile = yaml.safe_load((WORKFLOW / "profiles" / "slurm" / "config.yaml").read_text())
    assert {"resample", "subtract_sky", "make_field_viewer"} <= wide == set(profile["set-threads"])

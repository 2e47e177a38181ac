"""Measure the workflow beside romancal on simulated associations.

Usage:  python tests/bench/bench.py [--tiny] [--repeat N] [--cores N] [--case NAME ...]

Runs ours and romancal's in turn, N times each, and writes a table with medians and ratios to
results/bench/bench.md. The simulated members are kept in results/bench/ between runs.
"""

import argparse
import json
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median

import yaml
from measure import measure
from wfimosaic.commands.asn_from_list import asn_from_list
from wfimosaic.simulation.simulate_members import simulate_members

REPOSITORY = Path(__file__).resolve().parents[2]
FOLDER = REPOSITORY / "results" / "bench"
TINY = FOLDER / "tiny"
SNAKEMAKE = [sys.executable, "-m", "snakemake", "-s", str(REPOSITORY / "workflow" / "Snakefile"), "--quiet"]
ROMANCAL = [str(REPOSITORY / ".venv-oracle" / "bin" / "python"), str(REPOSITORY / "tests/oracle/run_romancal.py")]
# The tag that romancal 1.1 knows.
TAG = "asdf://stsci.edu/datamodels/roman/tags/wfi_image-2.1.0"
LARGE, DEEP = 4088, 2048


@dataclass(frozen=True)
class Case:
    """An association and what is measured on it."""

    name: str
    exposures: int
    detectors: int
    size: int
    with_romancal: bool = False
    changes: bool = False
    tiny: bool = False


CASES = [
    Case("4 frames", 4, 1, LARGE, with_romancal=True),
    Case("8 frames", 8, 1, LARGE, with_romancal=True, changes=True, tiny=True),
    Case("2 exposures x 4 detectors", 2, 4, LARGE, with_romancal=True),
    Case("8 frames of 2048", 8, 1, DEEP),
    Case("40 frames of 2048 on one field", 40, 1, DEEP),
    Case("whole focal plane, 2 exposures", 2, 18, LARGE, tiny=True),
]
CHANGES = {
    "after outlier_detection.snr": {"outlier_detection": {"snr": "6.0 5.0"}},
    "after resample.pixfrac": {"resample": {"pixfrac": 0.8}},
}


def main():
    """Measure the chosen cases and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tiny", action="store_true", help="frames of 128 pixels, to see that the benchmark runs")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--case", action="append", help="one of: " + "; ".join(case.name for case in CASES))
    parser.add_argument("--cores", type=int, default=2)
    parsed = parser.parse_args()
    folder = TINY if parsed.tiny else FOLDER
    # Compiled once for each environment.
    subprocess.run(
        [sys.executable, "-c", "import wfimosaic.comparison.compare_exposures, wfimosaic.mosaic.resample"], check=True
    )
    # Of 128 pixels the other cases are the same.
    chosen = parsed.case or [case.name for case in CASES if case.tiny or not parsed.tiny]
    rows = []
    for case in CASES:
        if case.name not in chosen:
            continue
        if parsed.tiny:
            case = replace(case, exposures=min(case.exposures, 3), detectors=min(case.detectors, 2), size=128)
        rows += measure_case(case, prepare(case, folder), parsed.repeat, parsed.cores)
        write_table(rows, folder)
    if not parsed.case:
        rows.append(measure_floor(folder, 128 if parsed.tiny else LARGE, parsed.repeat, parsed.cores))
        rows += measure_graph(folder, parsed.repeat, parsed.tiny)
    print(write_table(rows, folder))


def prepare(case, folder):
    """Simulate a case's members, unless they are there: their folder."""
    folder = folder / f"{case.exposures}x{case.detectors}x{case.size}"
    names = [
        f"r0000101001001001001_{exposure:04d}_wfi{detector:02d}_f158_cal.asdf"
        for exposure in range(1, case.exposures + 1)
        for detector in range(1, case.detectors + 1)
    ]
    paths = [folder / "members" / name for name in names]
    missing = [path for path in paths if not path.exists()]
    if missing:
        simulate_members(paths, shape=(case.size, case.size), workers=2, with_inverse=True, tag=TAG)
    (folder / "asn.json").write_text(json.dumps(asn_from_list(map(str, paths), "P", folder=str(folder))))
    return folder


def measure_case(case, folder, repeat, cores):
    """Measure one case: rows of the table."""
    ours, theirs, changed = [], [], {name: [] for name in CHANGES}
    for _ in range(repeat):
        shutil.rmtree(folder / "results", ignore_errors=True)
        shutil.rmtree(folder / ".snakemake", ignore_errors=True)
        ours.append(run_ours(folder, cores))
        if case.with_romancal:
            theirs.append(run_romancal(folder))
        if case.changes:
            for name, config in CHANGES.items():
                changed[name].append(run_ours(folder, cores, **config))
                run_ours(folder, cores)
    for left in ("results", "romancal"):  # The focal plane's need most of a laptop's disk.
        shutil.rmtree(folder / left, ignore_errors=True)
    rows = [row(case.name, ours, theirs, case.exposures * case.detectors)]
    if case.changes:
        rows += [row(f"{case.name}, {name}", taken, theirs, None) for name, taken in changed.items()]
    return rows


def run_ours(folder, cores, *words, **config):
    """Run the workflow: Taken."""
    (folder / "my.yaml").write_text(yaml.safe_dump({"associations": ["asn.json"], **config}))
    command = [*SNAKEMAKE, "--configfile", "my.yaml", "--cores", str(cores), *words]
    return measure(command, folder / "ours.log", folder)


def run_romancal(folder):
    """Run romancal's pipeline in a process of its own: Taken."""
    shutil.rmtree(folder / "romancal", ignore_errors=True)
    job = {"kind": "mosaic", "input": "asn.json", "folder": "romancal", "settings": {}, "keep_steps": False}
    (folder / "jobs.json").write_text(json.dumps([job]))
    taken = measure([*ROMANCAL, "jobs.json"], folder / "romancal.log", folder)
    error = folder / "romancal" / "error.txt"
    if error.exists():
        raise RuntimeError(f"romancal failed: see {error}")
    return taken


def measure_floor(folder, size, repeat, cores):
    """Measure the drizzling alone that eight frames cannot do without: a row of the table."""
    command = [sys.executable, str(REPOSITORY / "tests" / "bench" / "floor.py"), "8", str(size), str(cores)]
    taken = [measure(command, folder / "floor.log", folder) for _ in range(repeat)]
    return row("drizzling alone of 8 frames", taken, [], 8)


def measure_graph(folder, repeat, tiny):
    """Measure what Snakemake takes where nothing, or everything, is to be done: rows of the table."""
    few = prepare(Case("", 4 if tiny else 100, 1, 128), folder)
    run_ours(few, 2)
    nothing = [run_ours(few, 2) for _ in range(repeat)]
    many = folder / "dry"
    (many / "members").mkdir(parents=True, exist_ok=True)
    paths = [many / "members" / f"m{k:04d}_cal.asdf" for k in range(10 if tiny else 1000)]
    for path in paths:
        path.touch()
    (many / "asn.json").write_text(json.dumps(asn_from_list(map(str, paths), "P", folder=str(many))))
    dry = [run_ours(many, 2, "--dry-run") for _ in range(repeat)]
    (many / "Empty").write_text("rule all:\n")
    words = [sys.executable, "-m", "snakemake", "-s", "Empty", "--quiet", "--cores", "2"]
    empty = [measure(words, many / "empty.log", many) for _ in range(repeat)]
    return [
        row("nothing changed, 100 members", nothing, [], None),
        row("an empty Snakefile", empty, [], None),
        row("dry run, 1000 members", dry, [], None),
    ]


def row(name, ours, theirs, members):
    """Put medians together: dict."""
    result = {"case": name, "members": members}
    for who, runs in (("ours", ours), ("romancal", theirs)):
        for key in ("wall", "cpu", "system", "largest", "total"):
            result[f"{who} {key}"] = median(asdict(run)[key] for run in runs) if runs else None
    for key in ("wall", "cpu"):
        result[f"ratio {key}"] = result[f"ours {key}"] / result[f"romancal {key}"] if theirs else None
    result["of member"] = result["ours wall"] / members if members else None
    return result


def write_table(rows, folder):
    """Write the table as Markdown and JSON: its text."""
    columns = {
        "case": "case",
        "ours wall": "wall [s]",
        "romancal wall": "romancal",
        "ratio wall": "ratio",
        "of member": "for each member",
        "ours cpu": "CPU [s]",
        "romancal cpu": "romancal",
        "ratio cpu": "ratio",
        "ours system": "of it the system's",
        "ours largest": "largest process [MB]",
        "romancal largest": "romancal",
        "ours total": "all processes [MB]",
    }
    lines = ["| " + " | ".join(columns.values()) + " |", "|" + "---|" * len(columns)]
    for values in rows:
        cells = [values[key] for key in columns]
        texts = ["" if c is None else c if isinstance(c, str) else f"{c:.3g}" if c < 10 else f"{c:.0f}" for c in cells]
        lines.append("| " + " | ".join(texts) + " |")
    (folder / "bench.json").write_text(json.dumps(rows, indent=1))
    text = "\n".join(lines) + "\n"
    (folder / "bench.md").write_text(text)
    return text


if __name__ == "__main__":
    main()

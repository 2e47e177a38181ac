"""List all settings that a mosaic was made with, the versions and the inputs."""

from ..mosaic.mosaic_file import MosaicRecord, open_mosaic
from ..workflow.settings import complete
from .html_page import Section, Table, write_page


def list_settings(mosaic, page, run):
    """Write the settings of a mosaic as HTML, those that differ from the defaults marked.

    Parameters
    ----------
    mosaic : str
        An `_i2d` file, which records them.
    page : str
        The page to write.
    run : dict
        The complete configuration of this run, which has options beside those that the mosaic records.
    """
    with open_mosaic(mosaic) as roman:
        record = MosaicRecord.of(roman["meta"])
        name = str(roman["meta"]["filename"])
    rows, marked = _compare(_sections(run), record.settings)
    versions = [[package, version] for package, version in record.versions.items()]
    inputs = [[entry["path"], entry["sha256"]] for entry in record.inputs]
    sections = [
        Section(
            "Settings (marked: not the default)", table=Table(["step", "option", "value", "default"], rows, marked)
        ),
        Section("Versions", table=Table(["package", "version"], versions)),
        Section("Inputs", table=Table(["file", "sha256"], inputs)),
    ]
    write_page(page, f"Settings of {name}", sections)


def _sections(config):
    # By step; what stands at the top of the file comes first.
    steps = {name: value for name, value in config.items() if isinstance(value, dict)}
    return {"general": {name: value for name, value in config.items() if name not in steps}} | steps


def _compare(run, recorded):
    # Associations have no default.
    defaults = _sections(complete({"associations": ["-"]}))
    rows, marked = [], set()
    for step, options in run.items():
        for option, value in (options | recorded.get(step, {})).items():
            value, default = _plain(value), _plain(defaults[step][option])
            if value != default:
                marked.add(len(rows))
            rows.append([step, option, value, default])
    return rows, marked


def _plain(value):
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, list):
        return " ".join(_plain(item) for item in value)
    return f"{value:g}" if isinstance(value, float) else str(value)

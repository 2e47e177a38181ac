"""Where the results of a run are: `python -m wfimosaic.workflow.results_folder my.yaml` prints it, for make."""

import sys
from pathlib import Path

import yaml

from .settings import schema


def results_folder(config=None):
    """Return the folder that a run writes to: str.

    Parameters
    ----------
    config : str, optional
        The YAML file that snakemake gets with --configfile, which says what is wrong with it.
    """
    try:
        chosen = yaml.safe_load(Path(config).read_text(encoding="utf-8")) if config else {}
    except (OSError, ValueError, yaml.YAMLError):
        chosen = {}
    chosen = chosen if isinstance(chosen, dict) else {}
    return chosen.get("results", schema()["properties"]["results"]["default"])


if __name__ == "__main__":
    print(results_folder(*sys.argv[1:]))

"""Check that Snakemake will notice the end of each of its Slurm jobs."""

import re
import subprocess

from ..errors import InputError

# The plugin looks at jobs 180 s apart at most, and waits 60 s for an answer.
MIN_JOB_AGE = 240


def slurm_config():
    """Return Slurm's configuration by `scontrol`: dict of str to str, empty if it cannot be asked."""
    try:
        done = subprocess.run(["scontrol", "show", "config"], capture_output=True, text=True, timeout=60, check=True)
    except (OSError, subprocess.SubprocessError):
        return {}
    return dict(re.findall(r"^(\w+) *= *(.*?) *$", done.stdout, re.M))


def check_status_command(command, config):
    """Check that a command can report jobs that ended between two looks.

    Snakemake would wait for ever for a job that it never saw end.

    Parameters
    ----------
    command : str
        squeue or sacct, Snakemake's `slurm-status-command`.
    config : dict of str to str
        See `slurm_config`.

    Raises
    ------
    InputError
        If Slurm has forgotten such jobs by then, or keeps no accounts.
    """
    age = re.match(r"\d+", config.get("MinJobAge", ""))
    # With 0 no job is ever forgotten.
    forgets = age is not None and 0 < int(age[0]) < MIN_JOB_AGE
    forgetful = f"Slurm forgets ended jobs after {age[0]} s (MinJobAge), before Snakemake may look" if forgets else ""
    accounts = config.get("AccountingStorageType", "(null)") not in ("accounting_storage/none", "(null)")
    if forgets and not accounts:
        raise InputError(f"{forgetful}, and keeps no accounts: ask those who run it for MinJobAge=300")
    if forgets and command == "squeue":
        raise InputError(
            f"{forgetful}: set slurm-status-command: sacct, and end jobs with Ctrl-C, as scancel is not noticed then"
        )
    if config and not accounts and command == "sacct":
        raise InputError("Slurm keeps no accounts that sacct could read: set slurm-status-command: squeue")

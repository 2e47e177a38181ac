"""slurm_status: a run that would wait for ever is refused at its start."""

import pytest
from wfimosaic.errors import InputError
from wfimosaic.workflow.slurm_status import check_status_command, slurm_config

SCONTROL = """#!/bin/sh
[ "$*" = "show config" ] || exit 1
cat <<END
Configuration data as of 2026-11-26T12:00:00
AccountingStorageType   = accounting_storage/slurmdbd
MailProg                = /bin/mail
MinJobAge               = 300 sec
SlurmctldParameters     = (null)

Slurmctld(primary) at head is UP
END
"""


@pytest.mark.parametrize("age", ["300 sec", "240 sec", "0 sec", "0"])
def test_slurm_that_remembers_is_asked_by_squeue(age):
    check_status_command("squeue", {"MinJobAge": age, "AccountingStorageType": "accounting_storage/slurmdbd"})
    check_status_command("squeue", {"MinJobAge": age, "AccountingStorageType": "(null)"})


@pytest.mark.parametrize("age", [2, 30, 180, 239])
def test_slurm_that_forgets_is_not_asked_by_squeue(age):
    config = {"MinJobAge": f"{age} sec", "AccountingStorageType": "accounting_storage/slurmdbd"}
    with pytest.raises(InputError, match=rf"after {age} s \(MinJobAge\).*: set slurm-status-command: sacct"):
        check_status_command("squeue", config)
    check_status_command("sacct", config)


@pytest.mark.parametrize("storage", ["accounting_storage/none", "(null)"])
def test_slurm_without_accounts_is_not_asked_by_sacct(storage):
    with pytest.raises(InputError, match="no accounts that sacct could read: set slurm-status-command: squeue"):
        check_status_command("sacct", {"MinJobAge": "300 sec", "AccountingStorageType": storage})
    for command in ("squeue", "sacct"):
        with pytest.raises(InputError, match=r"after 60 s .* no accounts: ask those who run it for MinJobAge=300"):
            check_status_command(command, {"MinJobAge": "60 sec", "AccountingStorageType": storage})


def test_configuration_is_that_of_scontrol(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    (tmp_path / "scontrol").write_text(SCONTROL)
    (tmp_path / "scontrol").chmod(0o755)
    config = slurm_config()
    assert (config["MinJobAge"], config["AccountingStorageType"]) == ("300 sec", "accounting_storage/slurmdbd")
    (tmp_path / "scontrol").write_text("#!/bin/sh\nexit 1\n")
    assert slurm_config() == {}
    for command in ("squeue", "sacct"):
        check_status_command(command, {})

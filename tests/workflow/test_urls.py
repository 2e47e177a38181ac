"""Members at s3:// and http:// URLs: they give what files do, and their copies do not stay."""

import importlib.util
import json
import os
import re
from collections import namedtuple

import asdf
import numpy as np
import pytest
from servers import BUCKET, PLUGINS, s3_server, web_server, without_s3
from wfimosaic.files.fingerprint import fingerprint

PLACE = f"s3://{BUCKET}/data"


Servers = namedtuple("Servers", "environment url change")


@pytest.fixture(scope="module")
def servers(finished):
    """A bucket and a web server with the members of the finished project.

    They are the environment for snakemake, the server's URL and a function that makes something else of a key.
    """
    if without_s3:
        pytest.skip("the S3 plugin and moto are not installed: make test installs them")
    folder = os.path.dirname(finished.members[0])
    with s3_server(folder) as (endpoint, faults), web_server(folder) as (url, _):
        no_keys = dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), os.devnull)

        def change(key):
            faults.client.put_object(Bucket=BUCKET, Key=key, Body=b"changed", ACL="public-read")

        yield Servers({"AWS_ENDPOINT_URL_S3": endpoint, "AWS_EC2_METADATA_DISABLED": "true", **no_keys}, url, change)


def associate(project, **products):
    """Write an association of files and URLs."""
    listed = [
        {"name": name, "members": [{"expname": str(path), "exptype": "science"} for path in paths]}
        for name, paths in products.items()
    ]
    (project.folder / "asn.json").write_text(json.dumps({"products": listed}))


@pytest.fixture
def project(new_project, finished, servers):
    made = new_project(finished.members[:1])
    paths = [str(made.folder / "scripts"), str(PLUGINS)]
    made.environment |= {"PYTHONPATH": os.pathsep.join(paths), **servers.environment}
    return made


def test_scaled_members_are_those_of_files_and_no_copy_stays(finished, project, servers):
    # Nothing after subtract_sky reads members.
    names = [path.name for path in finished.members]
    urls = [f"{PLACE}/{name}" if k % 2 else f"{servers.url}/{name}" for k, name in enumerate(names[1:])]
    associate(project, P=[project.members[0], *urls])
    results = [name.replace("_cal.asdf", "_skymatch.asdf") for name in names[:3]]
    targets = [f"results/P/{name}" for name in results]
    output = project.run(*targets, warm=False)
    assert output.count("rule stage_member:") == len(urls)
    for name in results:
        with asdf.open(project.result(name)) as one, asdf.open(finished.result(name)) as other:
            arrays, expected = one["roman"], other["roman"]
            for key in ("data", "err", "dq", "var_rnoise", "var_poisson"):
                assert np.array(arrays[key]).tobytes() == np.array(expected[key]).tobytes(), key
            assert arrays["meta"]["filename"] == expected["meta"]["filename"]
            assert arrays["meta"]["wfimosaic"]["sha256"] == expected["meta"]["wfimosaic"]["sha256"]
    left = [path for path in (project.folder / ".snakemake" / "storage").rglob("*") if path.is_file()]
    assert left == []
    code, output = project.snakemake("--dry-run", *targets, warm=False)
    assert code == 0 and "Nothing to be done" in output
    servers.change(f"data/{names[2]}")
    code, output = project.snakemake("--dry-run", *targets, warm=False)
    assert code == 0 and re.search(rf"^stage_member +{len(urls)}$", output, re.MULTILINE), output


def test_missing_file_is_one_line_before_anything_runs(project, servers):
    missing = f"{servers.url}/none_cal.asdf"
    associate(project, P=[project.members[0], missing])
    code, output = project.snakemake()
    assert code != 0 and "Traceback" not in output
    (line,) = [line for line in output.splitlines() if missing in line]
    assert line == f"{missing}: there is no such file: check the association: product P of asn.json names it"
    assert not list((project.folder / "results").rglob("*.log"))


def test_other_products_do_without_what_is_missing(project, finished, servers):
    there, missing = (f"{servers.url}/{name}" for name in (finished.members[1].name, "none_cal.asdf"))
    associate(project, P=[there, missing], Q=[project.members[0], there])
    code, output = project.snakemake("--keep-going", "--dry-run", "--until", "define_grid")
    assert code == 0
    assert re.search(r"^stage_member +1$", output, re.MULTILINE), output
    inputs = dict(re.findall(r"input: (.*)\n +output: results/./(._outlier_grid.asdf)", output)[::-1])
    inputs = {grid: files for files, grid in inputs.items()}
    assert inputs["P_outlier_grid.asdf"] == "results/P/P_members.txt"
    assert inputs["Q_outlier_grid.asdf"].endswith(finished.members[1].name)


def test_field_does_without_what_is_missing(project, finished):
    there, missing = f"{PLACE}/{finished.members[1].name}", f"{PLACE}/none_cal.asdf"
    associate(project, P=[there, missing], Q=[project.members[0], there])
    project.snakemake("--keep-going", "--until", "define_field", "--notemp", warm=False, field="survey")
    with asdf.open(project.result("survey_members.asdf", "survey")) as table:
        assert len(table["members"]["stem"]) == 2
    copy = project.folder / ".snakemake" / "storage" / "s3" / BUCKET / "data" / finished.members[1].name
    assert fingerprint(copy) == fingerprint(finished.members[1])


def test_without_the_plugin_its_name_is_said(new_project, simulated):
    if importlib.util.find_spec("snakemake_storage_plugin_s3"):
        pytest.skip("the S3 plugin is installed among the packages")
    project = new_project(simulated.paths[:1])
    associate(project, P=[f"{PLACE}/a_cal.asdf"])
    code, output = project.snakemake()
    assert code != 0 and "Traceback" not in output
    assert "members at s3:// need a plugin of Snakemake: pip install snakemake-storage-plugin-s3" in output

"""asn_from_list: the association that romancal's command of that name writes."""

import json

import pytest
from wfimosaic import __version__
from wfimosaic.association.association import read_association
from wfimosaic.commands.asn_from_list import asn_from_list
from wfimosaic.commands.command import main
from wfimosaic.errors import InputError


def test_keys_and_defaults_are_romancals(tmp_path):
    table = asn_from_list([str(tmp_path / "a_cal.asdf"), str(tmp_path / "b_cal.asdf")], "p", folder=tmp_path)
    assert table == {
        "asn_type": "None",
        "asn_rule": "DMS_ELPP_Base",
        "code_version": __version__,
        "degraded_status": "No known degraded exposures in association.",
        "program": "noprogram",
        "data_release_id": "p",
        "version_id": None,
        "target": "None",
        "constraints": "No constraints",
        "asn_id": "a3001",
        "asn_pool": "none",
        "skycell_wcs_info": "none",
        "products": [
            {
                "name": "p",
                "members": [
                    {"expname": "a_cal.asdf", "exptype": "science"},
                    {"expname": "b_cal.asdf", "exptype": "science"},
                ],
            }
        ],
    }


def test_command_writes_what_the_workflow_reads(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "asns").mkdir()
    words = ["-o", "asns/asn.json", "--product-name", "p", "--rule", "DMS_X", "-i", "a1", "--target", "270p65x48y69"]
    code = main(
        ["asn_from_list", *words, "--data-release-id", "r1", "a_cal.asdf", "b_cal.asdf,background", "c_cal.asdf"]
    )
    assert code == 0
    assert "associations: [asns/asn.json]" in capsys.readouterr().out
    table = json.loads((tmp_path / "asns/asn.json").read_text())
    assert (table["asn_rule"], table["asn_id"]) == ("DMS_X", "a1")
    (product,) = read_association(tmp_path / "asns" / "asn.json")
    assert [member.path for member in product.members] == [str(tmp_path / "a_cal.asdf"), str(tmp_path / "c_cal.asdf")]
    assert len(product.excluded) == 1
    assert (product.target, product.data_release_id) == ("270p65x48y69", "r1")


@pytest.mark.parametrize(
    ("name", "files", "message"),
    [("bad name", ["a_cal.asdf"], "product name"), ("p", ["x/a_cal.asdf", "a_cal.asdf"], "2 members are called 'a'")],
)
def test_what_the_workflow_would_refuse_is_not_written(tmp_path, capsys, name, files, message):
    assert main(["asn_from_list", "-o", str(tmp_path / "asn.json"), "--product-name", name, *files]) == 1
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_exptype_needs_a_file(tmp_path):
    with pytest.raises(InputError, match="a file name is needed before the comma"):
        asn_from_list([",science"], "p")


def test_urls_stay_as_they_are(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    urls = ["s3://roman/x/a_cal.asdf", "https://archive.org/b_cal.asdf"]
    assert main(["asn_from_list", "-o", "asns/asn.json", "--product-name", "p", *urls]) == 0
    assert "is not there" not in capsys.readouterr().err
    (product,) = read_association("asns/asn.json")
    assert [member.path for member in product.members] == urls

"""skycell_asn: which associations are made; that they are romancal's is tested beside it, in tests/oracle."""

from pathlib import Path

import pytest
from wfimosaic.association.association import read_associations
from wfimosaic.commands.command import main
from wfimosaic.commands.skycell_asn import skycell_asn, write_associations
from wfimosaic.commands.skycells_of_images import ImageOnSkycells
from wfimosaic.errors import InputError

from ..synthetic import write_cal

A, B = {"name": "135p90x25y49", "nx": 5000}, {"name": "135p90x25y50", "nx": 5000}
VISITS = ("0000101001001001001", "0000101001001001002", "0000101002001001001")


def image(visit, exposure, skycells, element="F158"):
    return ImageOnSkycells(f"r{visit}_{exposure:04d}_wfi01_{element.lower()}_cal.asdf", element, skycells)


IMAGES = [
    image(VISITS[0], 1, {7: A, 8: B}),
    image(VISITS[0], 2, {8: B}),
    image(VISITS[1], 1, {8: B}),
    image(VISITS[2], 1, {7: A, 8: B}, "F106"),
    image(VISITS[2], 2, {8: B}),
]


@pytest.mark.parametrize(
    ("product_type", "members"),
    [
        (
            "visit",
            {
                "v01001001001001_135p90x25y49_f158": [0],
                "v01001001001001_135p90x25y50_f158": [0, 1],
                "v01001001001002_135p90x25y50_f158": [2],
                "v01002001001001_135p90x25y49_f106": [3],
                "v01002001001001_135p90x25y50_f106": [3],
                "v01002001001001_135p90x25y50_f158": [4],
            },
        ),
        (
            "pass",
            {
                "p01001_135p90x25y49_f158": [0],
                "p01001_135p90x25y50_f158": [0, 1, 2],
                "p01002_135p90x25y49_f106": [3],
                "p01002_135p90x25y50_f106": [3],
                "p01002_135p90x25y50_f158": [4],
            },
        ),
        (
            "full",
            {
                "full_135p90x25y49_f106": [3],
                "full_135p90x25y49_f158": [0],
                "full_135p90x25y50_f106": [3],
                "full_135p90x25y50_f158": [0, 1, 2, 4],
            },
        ),
    ],
)
def test_exposures_are_added_up_by_visit_pass_or_program(tmp_path, monkeypatch, product_type, members):
    monkeypatch.chdir(tmp_path)
    tables = skycell_asn(IMAGES, "asns/s", product_type, "r1")
    write_associations(tables)
    assert sorted(tables) == [f"asns/s_r1_{name}_asn.json" for name in sorted(members)]
    products = read_associations(tables)
    found = {name.removeprefix("s_r1_"): [m.path for m in product.members] for name, product in products.items()}
    assert found == {name: [IMAGES[k].path for k in indices] for name, indices in members.items()}
    for name, product in products.items():
        assert product.skycell == (A if "y49" in name else B)
        assert (product.target, product.data_release_id) == (product.skycell["name"], "r1")
    assert {table["program"] for table in tables.values()} == {"00001"}
    assert not [path for path in (tmp_path / "asns").iterdir() if path.name.startswith(".")]


def test_associations_of_one_name_are_refused():
    other = image("0000201001001001001", 1, {8: B})
    with pytest.raises(InputError, match=r"s_p_full_135p90x25y50_f158_asn\.json: .* visits 00001 and of 00002"):
        skycell_asn([*IMAGES, other], "s", "full")
    with pytest.raises(InputError, match=r"s_p_p01001_135p90x25y50_f158_asn\.json"):
        skycell_asn([*IMAGES, other], "s", "pass")
    with pytest.raises(InputError, match=r"'bad name_p_full.* choose another -o"):
        skycell_asn(IMAGES, "bad name", "full")


def test_nothing_is_written_if_an_association_cannot_be_read(tmp_path):
    twin = ImageOnSkycells(f"elsewhere/{IMAGES[0].path}", "F158", {8: B})
    with pytest.raises(InputError, match=r"s_p_full_135p90x25y50_f158_asn\.json: .* 2 members are called"):
        write_associations(skycell_asn([*IMAGES, twin], f"{tmp_path}/s", "full"))
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def on_the_map(tmp_path):
    path = tmp_path / f"r{VISITS[0]}_0001_wfi01_f158_cal.asdf"
    write_cal(path, pointing=(20.0, 89.2, 10.0), instrument={"optical_element": "F158"})
    return str(path)


def test_command_finds_the_skycells_of_files(on_the_map, tmp_path, shared, capsys):
    elsewhere = write_cal(tmp_path / f"r{VISITS[1]}_0001_wfi01_f158_cal.asdf", pointing=(40.0, 0.0, 0.0))
    words = ["-o", f"{tmp_path}/asns/s", "--skymap", str(shared / "data" / "skymap_subset.asdf")]
    assert main(["skycell_asn", *words, on_the_map, elsewhere]) == 0
    output, errors = capsys.readouterr()
    assert "1 associations of 2 images" in output
    assert f"{elsewhere} touches no skycell" in errors
    (path,) = (tmp_path / "asns").iterdir()
    (product,) = read_associations([str(path)]).values()
    assert product.name.startswith("s_p_v01001001001001_135p90x")
    assert [member.path for member in product.members] == [on_the_map]
    assert main(["skycell_asn", *words, elsewhere]) == 1
    assert "no skycell that an image touches" in capsys.readouterr().err


def test_file_that_cannot_be_read_ends_it(on_the_map, tmp_path, shared, capsys):
    words = ["-o", f"{tmp_path}/asns/s", "--skymap", str(shared / "data" / "skymap_subset.asdf")]
    bad = tmp_path / "bad_cal.asdf"
    bad.write_bytes(Path(on_the_map).read_bytes()[:2000])
    for path in (bad, tmp_path / "none_cal.asdf"):
        assert main(["skycell_asn", *words, on_the_map, str(path)]) == 1
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith(f"wfimosaic: {path}: ")
    assert not (tmp_path / "asns").exists()

"""association: what is read, what is left out, and what is refused."""

import json
import os
import re

import pytest
from wfimosaic.association.association import Member, missing_members, product_of, read_association, read_associations
from wfimosaic.association.urls import copy_of, url_of
from wfimosaic.errors import InputError


@pytest.fixture
def write(tmp_path):
    """Write an association and give its path."""

    def to_file(table, name="asn.json"):
        path = tmp_path / name
        path.write_text(table if isinstance(table, str) else json.dumps(table))
        return str(path)

    return to_file


def asn(*expnames, name="p", **more):
    members = [{"expname": expname, "exptype": "science"} for expname in expnames]
    return {"products": [{"name": name, "members": members}]} | more


def test_members_lie_relative_to_the_association(write, tmp_path):
    (product,) = read_association(write(asn("a_cal.asdf", "../b_cal.asdf", "/data/c_cal.asdf")))
    assert product.members == (
        Member(str(tmp_path / "a_cal.asdf"), "a"),
        Member(str(tmp_path.parent / "b_cal.asdf"), "b"),
        Member("/data/c_cal.asdf", "c"),
    )
    assert (product.name, product.association, product.excluded) == ("p", "asn.json", ())
    assert (product.target, product.skycell, product.data_release_id) == (None, None, "p")


@pytest.mark.parametrize("name", ["a_cal.asdf", "folder"])
def test_images_and_folders_are_told_how_to_become_an_association(write, tmp_path, name):
    (tmp_path / "folder").mkdir()
    (tmp_path / "a_cal.asdf").touch()
    with pytest.raises(InputError, match=rf"{name}: is an? (image|folder), not an association: make one with .*{name}"):
        read_association(str(tmp_path / name))


def test_relative_association_stays_relative(write, tmp_path, monkeypatch):
    write(asn("a_cal.asdf"))
    monkeypatch.chdir(tmp_path.parent)
    (product,) = read_association(os.path.join(tmp_path.name, "asn.json"))
    assert product.members[0].path == os.path.join(tmp_path.name, "a_cal.asdf")


def test_members_at_urls_stay_where_they_are(write):
    urls = ["s3://roman/x/a_cal.asdf", "https://archive.org/data/b_cal.asdf", "http://127.0.0.1:80/c_cal.asdf"]
    (product,) = read_association(write(asn(*urls)))
    assert product.members == tuple(Member(url, stem) for url, stem in zip(urls, "abc", strict=True))
    copies = [copy_of(url, ".snakemake/storage") for url in urls]
    assert copies[0] == ".snakemake/storage/s3/roman/x/a_cal.asdf"
    assert [url_of(copy.removeprefix(".snakemake/storage/")) for copy in copies] == urls


@pytest.mark.parametrize(
    "url",
    [
        "s3://roman/../../a_cal.asdf",
        "s3://roman//a_cal.asdf",
        "s3://../a_cal.asdf",
        "s3://a_cal.asdf",
        "https://user:password@archive.org/a_cal.asdf",
        "https://archive.org/x?y/a_cal.asdf",
        "https://archive.org/{x}/a_cal.asdf",
        "https://archive.org/x y/a_cal.asdf",
        "https://archive.org\\..\\a_cal.asdf",
        "s3:///a_cal.asdf",
    ],
)
def test_urls_that_lead_elsewhere_are_refused(write, url):
    with pytest.raises(InputError, match=r"is needed, without user, query|file names may have letters"):
        read_association(write(asn(url)))


def test_other_schemes_are_refused_with_those_that_are_known(write):
    with pytest.raises(InputError, match="members can lie at s3://, https://, http:// or in files"):
        read_association(write(asn("ftp://archive.org/a_cal.asdf")))


def test_every_product_is_read_in_order(write):
    table = asn("a_cal.asdf", name="one")
    table["products"] += asn("b_cal.asdf", "a_cal.asdf", name="two.b+c-d_e")["products"]
    assert [(p.name, [m.stem for m in p.members]) for p in read_association(write(table))] == [
        ("one", ["a"]),
        ("two.b+c-d_e", ["b", "a"]),
    ]


def test_only_science_members_take_part(write):
    table = asn("a_cal.asdf", "b_cal.asdf", "c_cal.asdf", "d_cal.asdf")
    members = table["products"][0]["members"]
    members[0]["exptype"], members[1]["exptype"], members[2]["exptype"] = "SCIENCE", "Background", None
    (product,) = read_association(write(table))
    assert [member.stem for member in product.members] == ["a", "d"]
    assert product.excluded == ("b_cal.asdf", "c_cal.asdf")


def test_names_without_the_suffix_keep_their_stem(write):
    (product,) = read_association(write(asn("r1_uncal.asdf", "r2_cal.asdf", "r3")))
    assert [member.stem for member in product.members] == ["r1_uncal", "r2", "r3"]


def test_exposure_group_is_text_or_none(write):
    table = asn("a_cal.asdf", "b_cal.asdf")
    table["products"][0]["members"][0]["group_id"] = 12
    (product,) = read_association(write(table))
    assert [member.group for member in product.members] == ["12", None]


@pytest.mark.parametrize("target", [None, "None", "none", "NONE"])
def test_target_may_be_missing_in_many_ways(write, target):
    assert read_association(write(asn("a_cal.asdf", target=target)))[0].target is None


@pytest.mark.parametrize("info", [None, "none", "None"])
def test_skycell_may_be_missing_in_many_ways(write, info):
    assert read_association(write(asn("a_cal.asdf", skycell_wcs_info=info)))[0].skycell is None


def test_target_skycell_and_release_are_kept(write):
    info = {"name": "225p90x49y67", "nx": 5000}
    table = asn("a_cal.asdf", target="225p90x49y67", data_release_id="r1")
    for given in (info, json.dumps(info)):
        (product,) = read_association(write(table | {"skycell_wcs_info": given}))
        assert (product.target, product.skycell, product.data_release_id) == ("225p90x49y67", info, "r1")


def test_real_associations_are_read(shared):
    found = {}
    for path in sorted((shared / "data" / "associations").glob("*.json")):
        for product in read_association(path):
            found[path.name] = (len(product.members), product.target, (product.skycell or {}).get("name"))
    assert found == {
        "L3_mosaic_asn.json": (1, "045p86x47y51", "000p86x69y62"),
        "L3_mosaic_wcs_info_asn.json": (3, None, "225p90x49y67"),
        "L3_regtest_asn.json": (3, None, None),
        "L3_skycell_mbcat_asn.json": (1, None, None),
    }


@pytest.mark.parametrize("exptype", ["sceince", "scienc", "Sciences", "SCI", "science ", "scienec"])
def test_misspelt_exptype_is_refused(write, exptype):
    table = asn("a_cal.asdf", "b_cal.asdf")
    table["products"][0]["members"][1]["exptype"] = exptype
    with pytest.raises(InputError, match=r"'b_cal\.asdf' has the exptype '.*': did you mean 'science'\?"):
        read_association(write(table))


EXPTYPES = ["background", "imprint", "psf", "sourcecat", "segmap", "direct_image", "target_acquisition", "autowave", ""]


@pytest.mark.parametrize("exptype", EXPTYPES)
def test_other_exptypes_are_excluded(write, exptype):
    table = asn("a_cal.asdf", "b_cal.asdf")
    table["products"][0]["members"][1]["exptype"] = exptype
    assert read_association(write(table))[0].excluded == ("b_cal.asdf",)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[1]", "is not an association: a JSON object with 'products' is needed"),
        ({}, "no products"),
        ({"products": []}, "no products"),
        ({"products": {"name": "p"}}, "no products"),
        ({"products": ["p"]}, "product name 'None'"),
        (asn("a_cal.asdf", name="../p"), r"product name '\.\./p'"),
        (asn("a_cal.asdf", name=""), "product name ''"),
        (asn("a_cal.asdf", name=".."), r"product name '\.\.': a name has 1 to 150 letters, digits"),
        (asn("a_cal.asdf", name="a/b"), "product name 'a/b'"),
        (asn("a_cal.asdf", name="a b"), "product name 'a b'"),
        (asn("a_cal.asdf", name="M\u00e4rz"), "product name 'M.rz'"),
        (asn("a_cal.asdf", name="{member}"), r"product name '\{member\}'"),
        (asn("a_cal.asdf", name="x" * 300), "product name 'xxxxx"),
        (asn("a_cal.asdf", target="\ud800"), "is not JSON"),
        (asn("a\nb/a_cal.asdf"), "every member needs an 'expname'"),
        (asn("a_cal.asdf", "a_cal.asdf"), "2 members are called 'a': remove or rename"),
        (asn("{c}/a_cal.asdf"), "Snakemake reserves { and }: rename the folder"),
        (asn("{b}_cal.asdf"), "file names may have letters"),
        (asn("x" * 300 + "_cal.asdf"), "file names may have letters"),
        (asn("a_cal.asdf", skycell_wcs_info="[" * 100_000), "skycell_wcs_info: an object or 'none' is needed"),
        (asn("a_cal.asdf", name="a" * 151), "product name 'aaa"),
        (asn("a_cal.asdf", name=7), "product name '7'"),
        (asn(), "product p: no members"),
        ({"products": [{"name": "p"}]}, "product p: no members"),
        (asn(""), "every member needs an 'expname'"),
        (asn(7), "every member needs an 'expname'"),
        (asn("a\0_cal.asdf"), "every member needs an 'expname'"),
        ({"products": [{"name": "p", "members": ["a_cal.asdf"]}]}, "every member needs an 'expname'"),
        ({"products": [{"name": "p", "members": [{"expname": "a"}]}]}, "no member has the exptype 'science'"),
        (asn("a_cal.asdf", "b_cal.asdf", "sub/a_cal.asdf"), "2 members are called 'a': remove or rename"),
        (asn("my file_cal.asdf"), r"file names may have letters, digits and \. _ \+ -: rename the file"),
        (asn("_cal.asdf"), "file names may have"),
        (asn("s3:/bucket/a_cal.asdf"), "a URL has two slashes after its first colon"),
        (asn("https://server/a_cal.asdf?b=c"), "https://server/path is needed, without user, query"),
        (asn("s3://"), "s3://bucket/key is needed"),
        (asn("a_cal.asdf", skycell_wcs_info="270p65x48y69"), "skycell_wcs_info: an object or 'none' is needed"),
        (asn("a_cal.asdf", skycell_wcs_info=[1]), "skycell_wcs_info: an object or 'none' is needed"),
        (asn("a_cal.asdf", skycell_wcs_info="3"), "skycell_wcs_info: an object or 'none' is needed"),
    ],
)
def test_bad_associations_are_refused_by_name(write, table, message):
    path = write(table)
    with pytest.raises(InputError, match=message) as caught:
        read_association(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_association_that_cannot_be_opened(tmp_path):
    with pytest.raises(InputError, match=r"none\.json: no such association: check 'associations'"):
        read_association(tmp_path / "none.json")
    (tmp_path / "latin.json").write_bytes(b'{"products": "\xe9"}')
    with pytest.raises(InputError, match="is not JSON"):
        read_association(tmp_path / "latin.json")


@pytest.mark.parametrize(
    ("path", "advice"),
    [
        ("no/*_asn.json", "patterns are not expanded, so list all names; check 'associations'"),
        ("~/asn.json", "~ is not expanded, so write the whole path; check 'associations'"),
        ("a.json b.json", r"several are a list \[one.json, other.json\]; check 'associations'"),
    ],
)
def test_what_only_a_shell_would_understand(path, advice):
    with pytest.raises(InputError, match=advice):
        read_association(path)


def test_an_association_is_named_once(write):
    path = write(asn("a_cal.asdf"))
    with pytest.raises(InputError, match="is named 2 times in 'associations': name it once"):
        read_associations([path, path])


def test_product_names_must_differ_between_associations(write):
    one, other = write(asn("a_cal.asdf"), "one.json"), write(asn("b_cal.asdf"), "other.json")
    with pytest.raises(InputError, match=r"other\.json: the product name 'p' is taken already by one\.json"):
        read_associations([one, other])
    third = write(asn("b_cal.asdf", name="q"), "third.json")
    assert list(read_associations([one, third])) == ["p", "q"]


def test_missing_members_are_named_unless_they_will_be_made(write, tmp_path):
    products = read_associations([write(asn("a_cal.asdf", "b_cal.asdf", "c_cal.asdf"))])
    (tmp_path / "a_cal.asdf").write_bytes(b"")
    (message,) = missing_members(products).values()
    assert re.search(r"b_cal\.asdf: no such file \(and 1 more\): product p of asn\.json", message)
    assert missing_members(products, made={str(tmp_path / "b_cal.asdf"), str(tmp_path / "c_cal.asdf")}) == {}
    assert missing_members(products, made=None) == {}


def test_members_that_servers_do_not_have_are_named(write):
    urls = [f"s3://roman/{name}_cal.asdf" for name in "abc"]
    products = read_associations([write(asn(*urls))])
    unreachable = {url: f"{url}: there is no such file" for url in urls[1:]}
    message = "s3://roman/b_cal.asdf: there is no such file (and 1 more): product p of asn.json names it"
    assert missing_members(products, unreachable=unreachable) == {"p": message}
    assert missing_members(products) == {}


@pytest.mark.parametrize("suffix", ["_i2d.asdf", "_coadd.asdf"])
def test_mosaic_is_named_for_its_product(suffix):
    assert product_of(f"results/r1_p_full_f158/r1_p_full_f158{suffix}") == "r1_p_full_f158"
    assert product_of("copy.asdf") == "copy.asdf"

"""What a user is told when something is wrong."""

import json

import asdf
import numpy as np
import pytest
from wfimosaic.images.image_file import open_image, save_image


def assert_refused(project, *words, **config):
    """Check the exit code, one line with all the words, and no product."""
    code, output = project.snakemake(**config)
    assert code != 0
    lines = [line for line in output.splitlines() if all(word in line for word in words)]
    assert lines, output[-3000:]
    assert "Traceback" not in output
    left = list((project.folder / "results").rglob("*.asdf"))
    assert left == [], left


CONFIGS = [
    ({"outlier_detection": {"snrr": "5 4"}}, ["outlier_detection.snrr", "did you mean snr"]),
    ({"resample": {"pixfrac": "big"}}, ["resample.pixfrac", "'big'", "number"]),
    ({"resample": {"pixfrac": 2}}, ["resample.pixfrac", "maximum of 1"]),
    ({"skymatch": {"skymethod": "guess"}}, ["skymatch.skymethod", "global+match"]),
    ({"flx": {}}, ["flx", "did you mean flux"]),
    ({"associations": []}, ["associations"]),
    ({"associations": ["nowhere.json"]}, ["nowhere.json", "no such association"]),
    ({"outlier_detection": {"good_bits": "~DO_NOT_USEE"}}, ["outlier_detection.good_bits", "DO_NOT_USE?"]),
    ({"results": "asn.json"}, ["asn.json", "is a file, no folder for results"]),
    ({"skymatch": {"lower": 2, "upper": 1}}, ["skymatch.lower", "skymatch.upper"]),
]


@pytest.mark.parametrize(("config", "words"), CONFIGS, ids=[words[0] for _, words in CONFIGS])
def test_config(new_project, simulated, config, words):
    assert_refused(new_project(simulated.paths[:1]), *words, **config)


def test_section_that_is_written_twice(new_project, simulated):
    project = new_project(simulated.paths[:1])
    (project.folder / "twice.yaml").write_text("resample: {kernel: point}\nresample: {pixfrac: 0.5}\n")
    code, output = project.snakemake("--configfile", "my.yaml", "twice.yaml", "--dry-run", forked=True)
    assert code != 0 and "twice.yaml: resample stands there twice, again in line 2" in output


@pytest.fixture
def pair(new_project, simulated):
    return new_project(simulated.paths[:2])


def change(path, function):
    """Rewrite a member after a change of its model."""
    with open_image(path) as model:
        function(model)
        save_image(model, path)


def test_missing_member(pair):
    pair.members[1].unlink()
    assert_refused(pair, pair.members[1].name, "no such file", "P of asn.json")


def test_missing_member_does_not_stop_other_products_that_keep_going(pair):
    pair.associate({"P": pair.members[:1], "Q": pair.members[1:]})
    pair.members[1].unlink()
    code, output = pair.snakemake("--keep-going", "--until", "define_grid")
    assert code != 0 and "Traceback" not in output
    assert any(line.startswith("Error in check_members") and "no such file" in line for line in output.splitlines())
    assert pair.result("P_outlier_grid.asdf").exists() and not pair.result("Q_outlier_grid.asdf", "Q").exists()


def test_member_that_is_no_asdf_file(pair):
    pair.members[1].write_bytes(b"no ASDF")
    assert_refused(pair, pair.members[1].name, "cannot be read as a Roman ASDF file")


def test_member_cut_off(pair):
    content = pair.members[1].read_bytes()
    pair.members[1].write_bytes(content[: len(content) // 2])
    code, output = pair.snakemake()
    assert code != 0
    assert any(pair.members[1].name in line and "is truncated" in line for line in output.splitlines()), output
    assert not pair.result("P_i2d.asdf").exists()


def test_member_of_another_kind(pair):
    asdf.AsdfFile({"roman": {"meta": {"model_type": "other"}}}).write_to(pair.members[1])
    assert_refused(pair, pair.members[1].name)


@pytest.mark.parametrize(("kind", "element"), [("WFI_SPECTRAL", "GRISM"), ("WFI_IMAGE", "PRISM")])
def test_spectra(pair, kind, element):
    def disperse(model):
        model.meta.exposure["type"] = kind
        model.meta.instrument["optical_element"] = element

    change(pair.members[1], disperse)
    assert_refused(pair, pair.members[1].name, f"is {kind} through {element}")


def test_arrays_of_different_shapes(pair):
    def cut(model):
        model["err"] = np.array(model.err)[:-1]

    change(pair.members[1], cut)
    assert_refused(pair, pair.members[1].name, "err is", "data is")


def test_counts_without_flux(pair):
    code, output = pair.snakemake(flux={"skip": True})
    assert code != 0 and "is in DN/s, and flux.skip is true" in output


def test_sky_already_subtracted(pair):
    def mark(model):
        model.meta["background"] = {"level": 0.1, "method": "match", "subtracted": True}

    change(pair.members[1], mark)
    code, output = pair.snakemake()
    assert code != 0
    assert any(pair.members[1].name in line and "subtracted already" in line for line in output.splitlines())


def test_twice_the_same_product(pair):
    pair.associate({"P": pair.members[:1]}, "again.json")
    assert_refused(pair, "again.json", "'P'", "asn.json", associations=["asn.json", "again.json"])


def test_association_that_is_no_json(pair):
    (pair.folder / "asn.json").write_text("{")
    assert_refused(pair, "asn.json", "is not JSON")


def test_other_exptypes_are_left_out(pair):
    table = json.loads((pair.folder / "asn.json").read_text())
    table["products"][0]["members"][1]["exptype"] = "background"
    (pair.folder / "asn.json").write_text(json.dumps(table))
    jobs = pair.jobs()
    assert jobs["subtract_sky"] == 1

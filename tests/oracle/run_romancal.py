"""Run romancal on many jobs in one process, because importing it takes longer than a small mosaic.

Usage, with the Python that has romancal:  python run_romancal.py JOBS.json [SKYMAP.asdf]

JOBS.json is a list of jobs. Each has a `folder` to write to, an `input`, `settings` (options by step, in
romancal's names) and a `kind`:
  mosaic          the mosaic pipeline on an association: romancal_i2d.asdf and, unless `keep_steps` is
                  false, the intermediate images
  resample        the resample step alone on an association of images: romancal_i2d.asdf
  source_catalog  the source catalog step on a mosaic: catalog.csv
  skycell_asn     associations of skycells, of files in the folder `input`; they are written there
A job that fails leaves its traceback in error.txt, and the others go on. SKYMAP.asdf is the sky
tessellation, which skycells and catalogs need.
"""

import contextlib
import json
import os
import sys
import traceback
from pathlib import Path

# romancal asks a server for its parameters and reference files, unless it is told not to.
os.environ["STPIPE_DISABLE_CRDS_STEPPARS"] = "true"
os.environ.setdefault("CRDS_SERVER_URL", "https://localhost")
for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

from romancal.associations.skycell_asn import skycell_asn  # noqa: E402
from romancal.pipeline import MosaicPipeline  # noqa: E402
from romancal.resample import ResampleStep  # noqa: E402
from romancal.skycell import match, skymap  # noqa: E402
from romancal.source_catalog import SourceCatalogStep, _source_catalog  # noqa: E402


def run_jobs(jobs):
    """Run jobs one after the other."""
    kinds = {
        "mosaic": make_mosaic,
        "resample": resample,
        "source_catalog": make_catalog,
        "skycell_asn": make_associations,
    }
    for job in jobs:
        folder = Path(job["folder"])
        folder.mkdir(parents=True, exist_ok=True)
        try:
            kinds[job["kind"]](job["input"], folder, job["settings"], job.get("keep_steps", True))
        except Exception:
            (folder / "error.txt").write_text(traceback.format_exc())


def make_mosaic(association, folder, settings, keep_steps):
    """Run the mosaic pipeline and, if wanted, keep what its steps give."""
    pipeline = MosaicPipeline()
    pipeline.prefetch_references = False
    pipeline.output_dir = str(folder)
    pipeline.source_catalog.skip = True
    pipeline.skymatch.save_results = keep_steps
    pipeline.outlier_detection.save_results = keep_steps
    for step, options in settings.items():
        _set(getattr(pipeline, step), options)
    mosaic, *_ = pipeline.run(association)
    mosaic.save(folder / "romancal_i2d.asdf")


def resample(association, folder, settings, keep_steps):
    """Drizzle images that other software has matched and flagged."""
    step = ResampleStep()
    step.prefetch_references = False
    _set(step, settings["resample"])
    step.run(association).save(folder / "romancal_i2d.asdf")


def make_catalog(mosaic, folder, settings, keep_steps):
    """Find and measure the sources of a mosaic."""
    step = SourceCatalogStep()
    step.prefetch_references = False
    _set(step, settings["source_catalog"])
    catalog, _ = step.run(mosaic)
    columns = ["label", "x_centroid", "y_centroid", "segment_flux"]
    catalog.source_catalog[columns].write(folder / "catalog.csv", format="ascii.csv")


def make_associations(images, folder, settings, keep_steps):
    """Make the associations of skycells."""
    with contextlib.chdir(images):
        skycell_asn(**settings)


def remember_skycells():
    """Look for the skycells of an image once, which takes ten seconds: several jobs have the same images."""
    find, found = match.find_skycell_matches, {}

    def remembered(wcs):
        corners = wcs.footprint(center=False).tobytes()
        if corners not in found:
            found[corners] = find(wcs)
        return found[corners]

    match.find_skycell_matches = remembered


def work_offline(tessellation):
    """Take the sky tessellation from a file, and do without maps of interstellar dust."""
    skymap.SKYMAP.path = Path(tessellation)

    def unreachable(*args, **kwargs):
        raise OSError("the server of reference files is not asked")

    # Asked in vain, the library would end the process; the step leaves the extinction unknown after an error.
    _source_catalog.getreferences = unreachable


def _set(step, options):
    for name, value in options.items():
        setattr(step, name, value)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        work_offline(sys.argv[2])
    remember_skycells()
    run_jobs(json.loads(Path(sys.argv[1]).read_text()))

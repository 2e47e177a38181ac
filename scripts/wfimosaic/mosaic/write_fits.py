"""Write a mosaic as FITS, for DS9, SExtractor, SWarp and all that read nothing else."""

import os

import numpy as np
from astropy.io import fits
from astropy.time import Time

from .. import __version__
from ..association.association import product_of
from ..files.atomic_write import atomic_write
from ..files.strips import release_pages
from ..grid.fits_wcs import fits_wcs
from .fits_checksum import add_words, reserve_checksums, write_checksums
from .mosaic_file import MosaicRecord, open_mosaic

EXTENSIONS = {
    "data": "SCI",
    "err": "ERR",
    "weight": "WHT",
    "context": "CON",
    "var_poisson": "VAR_POISSON",
    "var_rnoise": "VAR_RNOISE",
    "var_flat": "VAR_FLAT",
    "var_sky": "VAR_SKY",
    "dq": "DQ",
}
NOISE = [
    ("NOISAPER", "aperture_factor", "error of large apertures / sqrt(sum ERR^2)"),
    ("NOISCORR", "correlation_factor", "the same / that of uncorrelated pixels"),
    ("NOISPIX", "pixel_scatter", "standard deviation of SCI / ERR on empty sky"),
]
STRIP = 512
SIGN = np.uint32(1 << 31)


def write_fits(mosaic, output):
    """Write a FITS file with all arrays of a mosaic, a few rows at a time.

    Parameters
    ----------
    mosaic : str
        An `_i2d` file in ASDF.
    output : str
        The FITS file: an empty primary array whose header says how the mosaic was made, an image
        for each array, named SCI, ERR, WHT, CON, VAR_POISSON, VAR_RNOISE, VAR_FLAT, DQ, each with
        the WCS, and a table MEMBERS of the inputs and their checksums.
    """
    with open_mosaic(mosaic) as roman, atomic_write(output) as part:
        write_tree(roman, part)


def write_tree(roman, path):
    """Write the arrays and the metadata of a mosaic, or of a part of one, to a new file.

    Parameters
    ----------
    roman : dict
        The tree of a MosaicModel.
    path : str or Path
    """
    meta = roman["meta"]
    wcs = fits_wcs(meta["wcs"], roman["data"].shape).to_header(relax=True)
    fits.PrimaryHDU(header=primary_header(meta)).writeto(path, overwrite=True, checksum=True)
    for name, extension in EXTENSIONS.items():
        if name in roman:
            array = np.asarray(roman[name])
            start, total = os.path.getsize(path), 0
            stream = fits.StreamingHDU(str(path), _image_header(array, extension, meta, wcs))
            for rows in _strips(array):
                stream.write(rows)
                total = add_words(total, rows.astype(rows.dtype.newbyteorder(">")))
            stream.close()
            write_checksums(path, start, total)
    table = _table_of_members(MosaicRecord.of(meta).inputs)
    fits.append(str(path), table.data, table.header, checksum=True)


def _table_of_members(inputs):
    columns = []
    for key in ("path", "sha256"):
        values = [_ascii(entry[key]) for entry in inputs]
        columns.append(fits.Column(key, f"{max(map(len, values))}A", array=values))
    return fits.BinTableHDU.from_columns(columns, name="MEMBERS")


def _ascii(text):
    # FITS has no other characters.
    return str(text).encode("ascii", "backslashreplace").decode()


def primary_header(meta):
    """Write in FITS keywords how a mosaic was made: astropy.io.fits.Header."""
    coadd, resample, record = meta["coadd_info"], meta["resample"], MosaicRecord.of(meta)
    header = fits.Header()
    cards = [
        ("OBJECT", product_of(str(meta["filename"])), "product"),
        ("FILENAME", str(meta["filename"]), "ASDF file that this was made of"),
        ("TELESCOP", str(meta["telescope"]), ""),
        ("INSTRUME", str(meta["instrument"]["name"]), ""),
        ("FILTER", str(meta["instrument"]["optical_element"]), ""),
        ("TIMESYS", Time(coadd["time_first"]).scale.upper(), "time scale"),
        ("DATE-BEG", Time(coadd["time_first"]).isot, "start of the first exposure"),
        ("DATE-AVG", Time(coadd["time_mean"]).isot, "mean start of the exposures"),
        ("DATE-END", Time(coadd["time_last"]).isot, "end of the last exposure"),
        ("MJD-BEG", float(Time(coadd["time_first"]).mjd), "[d] the same as DATE-BEG"),
        ("MJD-AVG", float(Time(coadd["time_mean"]).mjd), "[d] the same as DATE-AVG"),
        ("MJD-END", float(Time(coadd["time_last"]).mjd), "[d] the same as DATE-END"),
        ("EXPTIME", float(coadd["exposure_time"]), "[s] mean of the exposed pixels"),
        ("EXPMAX", float(coadd["max_exposure_time"]), "[s] of the deepest pixel"),
        ("NEXP", record.exposures, "exposures"),
        ("NMEMBERS", len(resample["members"]), "images"),
        ("UNCHECKD", float(record.unchecked), "fraction of the area not checked for outliers"),
        ("WHTTYPE", str(resample["weight_type"]), "weights"),
        ("PIXFRAC", float(resample["pixfrac"]), "size of the drops [input pixel]"),
        ("KERNEL", str(record.settings["resample"]["kernel"]), "shape of the drops"),
        ("PIXRATIO", float(resample["pixel_scale_ratio"]), "pixel scale over the first member's"),
        ("ASNNAME", str(meta["association"]["name"]), "association"),
        ("SKYCELL", str(meta["wcsinfo"]["skycell_name"]), ""),
        ("CREATOR", f"wfimosaic {__version__}", ""),
        ("DATE", Time.now().isot, "when this file was written"),
    ]
    cards += [(keyword, float(record.noise[name]), comment) for keyword, name, comment in NOISE if name in record.noise]
    for keyword, value, comment in cards:
        header[keyword] = (_ascii(value) if isinstance(value, str) else value, comment)
    for step, options in record.settings.items():
        for name, value in options.items():
            header.add_history(_ascii(f"{step}.{name} = {value}"))
    for package, version in record.versions.items():
        header.add_history(f"{package} {version}")
    for entry in record.excluded:
        header.add_history(_ascii(f"excluded: {entry['path']}: {entry['reason']}"))
    return header


def _image_header(array, extension, meta, wcs):
    header = fits.Header()
    kind = -32 if array.dtype.kind == "f" else 32
    header["XTENSION"] = "IMAGE"
    header["BITPIX"] = kind
    header["NAXIS"] = array.ndim
    for axis, length in enumerate(array.shape[::-1], 1):
        header[f"NAXIS{axis}"] = length
    header["PCOUNT"], header["GCOUNT"] = 0, 1
    if kind == 32:
        header["BZERO"], header["BSCALE"] = int(SIGN), 1
    header["EXTNAME"] = extension
    unit = _unit(extension, meta["resample"]["weight_type"])
    if unit:
        header["BUNIT"] = unit
    if extension == "SCI":
        area = np.radians(float(meta["wcsinfo"]["pixel_scale"])) ** 2
        header["PIXAR_SR"] = (area, "[sr] area of a pixel")
        header["MAGZERO"] = (-2.5 * np.log10(area * 1e6) + 8.90, "AB mag = MAGZERO - 2.5 log10(sum of pixels)")
    header.update(wcs)
    reserve_checksums(header)
    return header


def _unit(extension, weight_type):
    if extension in ("SCI", "ERR"):
        return "MJy/sr"
    if extension.startswith("VAR"):
        return "MJy2 sr-2"
    weights = {"ivm": "MJy-2 sr2", "ivm-sky": "MJy-2 sr2", "exptime": "s"}
    return weights.get(weight_type) if extension == "WHT" else None


def _strips(array):
    for plane in array if array.ndim == 3 else [array]:
        for row in range(0, plane.shape[0], STRIP):
            rows = np.array(plane[row : row + STRIP])
            # FITS has no unsigned integers: they are stored less 2**31.
            yield rows.astype(np.float32) if rows.dtype.kind == "f" else (rows ^ SIGN).view(np.int32)
            release_pages(array)

"""`wfimosaic skycell_asn`: make the associations of all skycells that images touch."""

import argparse
import json
import os
import sys
from pathlib import Path

from ..association.association import PRODUCT_NAME, read_association
from ..errors import InputError
from .asn_from_list import asn_from_list, check_images

EXAMPLE = "example: wfimosaic skycell_asn -o asns/r00001 --product-type full --skymap skycells.asdf r*_cal.asdf"

# How many digits of their visit, PPPPPCCAAASSSOOOVVV (program, execution, pass, segment, observation, visit), exposures
# that are added up have in common, and what the product is called.
PRODUCT_TYPES = {
    "visit": (19, lambda visit: "v" + visit[5:]),
    "pass": (10, lambda visit: "p" + visit[5:]),
    "full": (5, lambda visit: "full"),
}


def add_command(subparsers):
    """Declare the subcommand."""
    parser = subparsers.add_parser(
        "skycell_asn",
        help="make the associations of all skycells that images touch",
        description="Make an association for each skycell that images touch and each of their filters, as romancal's "
        "command of this name does.",
        epilog=EXAMPLE,
    )
    parser.add_argument(
        "-o",
        "--output-file-root",
        required=True,
        metavar="ROOT",
        help="what the associations' paths begin with: ROOT_p_full_135p90x50y50_f158_asn.json",
    )
    parser.add_argument(
        "--product-type", choices=PRODUCT_TYPES, default="visit", help="which exposures are added up (default: visit)"
    )
    parser.add_argument("--data-release-id", default="p", help="data release (p: prompt)")
    parser.add_argument("--skymap", required=True, metavar="FILE", help="the sky tessellation, an ASDF file")
    parser.add_argument("filelist", nargs="+", metavar="FILE", help="calibrated image (_cal.asdf) or its URL")
    return parser


def run(parsed: argparse.Namespace):
    """Write the associations and print how to use them."""
    from .skycells_of_images import skycells_of_images

    check_images(parsed.filelist)
    images = skycells_of_images(parsed.filelist, parsed.skymap, os.cpu_count())
    tables = skycell_asn(images, parsed.output_file_root, parsed.product_type, parsed.data_release_id)
    if not tables:
        raise InputError(f"{parsed.skymap}: has no skycell that an image touches: take a complete tessellation")
    write_associations(tables)
    for path in (image.path for image in images if not image.skycells):
        print(f"wfimosaic: note: {path} touches no skycell of {parsed.skymap}", file=sys.stderr)
    root = parsed.output_file_root
    print(f"{root}_*_asn.json: {len(tables)} associations of {len(images)} images; list them and run:")
    print(f"{{ echo associations:; printf -- '- %s\\n' {root}_*_asn.json; }} > my.yaml")
    print("snakemake --cores all --configfile my.yaml")


def skycell_asn(images, root, product_type="visit", data_release_id="p"):
    """Make an association for each skycell and filter of the exposures that are added up.

    Parameters
    ----------
    images : list of ImageOnSkycells
    root : str
        What the associations' paths begin with. Members' paths are relative to its folder.
    product_type : str
        One of `PRODUCT_TYPES`: which exposures are added up.
    data_release_id : str

    Returns
    -------
    dict of str to dict
        Path and content of each association.

    Raises
    ------
    InputError
        If two of them would have the same name, or one that no product may have.

    References
    ----------
    romancal.associations.skycell_asn. There a product's name contains the folder of `root`, and of associations with
    the same name the last one is left.
    """
    count, label = PRODUCT_TYPES[product_type]
    groups = {}
    for image in images:
        visit = _visit(image.path)[:count]
        for index, skycell in image.skycells.items():
            key = visit, index, image.optical_element.lower()
            groups.setdefault(key, (skycell, []))[1].append(image.path)
    folder, prefix = os.path.split(root)
    tables, visits = {}, {}
    for (visit, _, element), (skycell, paths) in sorted(groups.items(), key=lambda item: item[0]):
        name = f"{prefix}_{data_release_id}_{label(visit)}_{skycell['name']}_{element}"
        if not PRODUCT_NAME.fullmatch(name):
            raise InputError(f"{name[:150]!r}: product names have letters, digits and . _ + -: choose another -o")
        path = os.path.join(folder, f"{name}_asn.json")
        if path in tables:
            raise InputError(
                f"{path}: would be the association of visits {visits[path]} and of {visit}: run once for each of them, "
                "with another -o"
            )
        visits[path] = visit
        known = {"asn_type": "image", "program": visit[:5], "target": skycell["name"], "skycell_wcs_info": skycell}
        tables[path] = asn_from_list(paths, name, folder=folder or ".", data_release_id=data_release_id) | known
    return tables


def _visit(path):
    return Path(path).stem.split("_")[0].removeprefix("r")


def write_associations(tables):
    """Check associations and write them, all or none.

    Parameters
    ----------
    tables : dict of str to dict
        Path and content of each; all in one folder.

    Raises
    ------
    InputError
        If the workflow could not read one of them.
    """
    from ..files.scratch import scratch_folder

    with scratch_folder(min(tables)) as scratch:
        for path, table in tables.items():
            part = scratch / os.path.basename(path)
            part.write_text(json.dumps(table, indent=4) + "\n")
            try:
                read_association(part)
            except InputError as error:
                raise InputError(str(error).replace(str(part), path)) from None
        for path in tables:
            os.replace(scratch / os.path.basename(path), path)

"""`wfimosaic asn_from_list`: make an association of a list of files."""

import argparse
import json
import os
import sys

from .. import __version__
from ..association.association import read_association
from ..association.urls import is_url
from ..errors import InputError
from ..files.atomic_write import atomic_write
from .output_file import check_output

EXAMPLE = "example: wfimosaic asn_from_list -o asn.json --product-name r0000101_f158 r*_cal.asdf"


def add_command(subparsers):
    """Declare the subcommand."""
    parser = subparsers.add_parser(
        "asn_from_list",
        help="make an association of a list of files",
        description="Make an association of a list of files, as romancal's command of this name does.",
        epilog=EXAMPLE,
    )
    parser.add_argument("-o", "--output-file", required=True, help="the association to write")
    parser.add_argument("--product-name", required=True, help="name of the product and of its folder of results")
    parser.add_argument("-r", "--rule", default="DMS_ELPP_Base", help="rule that the association follows")
    parser.add_argument("-i", "--id", default="a3001", dest="acid", help="identifier of the association")
    parser.add_argument("-t", "--target", default="None", help="target or skycell name")
    parser.add_argument("--data-release-id", default="p", help="data release (p: prompt)")
    parser.add_argument(
        "filelist", nargs="+", metavar="FILE", help="member's file or URL, or FILE,EXPTYPE (default science)"
    )
    return parser


def run(parsed: argparse.Namespace):
    """Write the association and print how to use it."""
    # With the name forgotten -o takes the first image.
    paths = [entry.partition(",")[0] for entry in parsed.filelist]
    if parsed.output_file.endswith((".asdf", ".fits")):
        raise InputError(f"{parsed.output_file}: is no name for an association: give it one, as in -o asn.json")
    check_output(parsed.output_file, None, "an association", paths)
    check_images(paths)
    table = asn_from_list(
        parsed.filelist,
        parsed.product_name,
        folder=os.path.dirname(os.path.abspath(parsed.output_file)),
        rule=parsed.rule,
        acid=parsed.acid,
        target=parsed.target,
        data_release_id=parsed.data_release_id,
    )
    missing = [path for path in paths if not is_url(path) and not os.path.isfile(path)]
    with atomic_write(parsed.output_file) as part:
        part.write_text(json.dumps(table, indent=2) + "\n")
        try:
            read_association(part)
        except InputError as error:
            raise InputError(str(error).replace(str(part), parsed.output_file)) from None
    for path in missing:
        print(f"wfimosaic: note: {path} is not there; the association names it all the same", file=sys.stderr)
    print(f"{parsed.output_file}: {len(parsed.filelist)} members; run: snakemake --cores all --configfile my.yaml")
    print(f"with my.yaml:\nassociations: [{parsed.output_file}]")


def check_images(paths):
    """Raise InputError if an image is no file's name but a folder's, or a pattern that the shell found no file for."""
    for path in paths:
        if os.path.isdir(path):
            raise InputError(f"{path}: is a folder: name its images, as in {os.path.join(path, 'r*_cal.asdf')}")
        if set("*?[") & set(path) and not is_url(path) and not os.path.exists(path):
            raise InputError(f"{path}: there is no such file: check the folder and the pattern")


def asn_from_list(
    files, product_name, folder=".", rule="DMS_ELPP_Base", acid="a3001", target="None", data_release_id="p"
):
    """Make an association of one product.

    Parameters
    ----------
    files : list of str
        Members, or ``file,exptype``.
    product_name : str
    folder : str
        Where the association is to lie: members' paths are relative to it, but for URLs.
    rule, acid, target, data_release_id : str

    Returns
    -------
    dict
        With the keys and defaults of romancal's command of the same name.
    """
    members = []
    for entry in files:
        path, _, exptype = entry.partition(",")
        if not path:
            raise InputError(f"{entry!r}: a file name is needed before the comma")
        expname = path if is_url(path) else os.path.relpath(path, folder)
        members.append({"expname": expname, "exptype": exptype or "science"})
    return {
        "asn_type": "None",
        "asn_rule": rule,
        "version_id": None,
        "code_version": __version__,
        "degraded_status": "No known degraded exposures in association.",
        "program": "noprogram",
        "constraints": "No constraints",
        "asn_id": acid,
        "asn_pool": "none",
        "data_release_id": data_release_id,
        "target": target,
        "skycell_wcs_info": "none",
        "products": [{"name": product_name, "members": members}],
    }

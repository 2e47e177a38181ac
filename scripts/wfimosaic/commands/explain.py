"""`wfimosaic explain`: what happened at a position of a mosaic."""

import argparse
import json

from ..files.as_json import as_json
from .sky_position import add_position

EXAMPLE = "example: wfimosaic explain results/demo_f158/demo_f158_i2d.asdf 270.0025 66.0003"
COLUMNS = [
    "no.",
    "member",
    "pixel",
    "value",
    "error",
    "sky",
    "outlier?",
    "other exposures",
    "deviation",
    "allowed",
    "weight",
    "flags",
]


LEGEND = {
    "romancal": """\
value, error and sky in MJy/sr, the sky taken off; deviation from the median of all exposures and the
deviation that was allowed, in units of the error; weight: share of the mosaic's pixel.""",
    "pairwise": """\
value, error and sky in MJy/sr, the sky taken off; other exposures: how many looked, and how many of them say
that the pixel is brighter or darker than they allow, if it is not like the median; deviation from the one whose
vote decides, or from the median, and the deviation that was allowed, in units of the error; weight: share of
the mosaic's pixel.""",
}


def add_command(subparsers):
    """Declare the subcommand."""
    parser = subparsers.add_parser(
        "explain",
        help="what happened at a position of a mosaic",
        description="Show a mosaic's pixel and what each member brought to it, from the files beside the mosaic.",
        epilog=EXAMPLE,
    )
    parser.add_argument("mosaic", metavar="MOSAIC", help="an _i2d.asdf file in its folder of results")
    add_position(parser, "")
    parser.add_argument(
        "--epsf",
        metavar="FILES",
        help="Roman's reference files of PSFs, as in \"folder/*.asdf\" (default: the report's)",
    )
    parser.add_argument("--json", action="store_true", help="write JSON instead of a table")
    return parser


def run(parsed: argparse.Namespace):
    """Print the explanation."""
    from .explain_position import explain_position

    result = explain_position(parsed.mosaic, parsed.ra, parsed.dec, parsed.epsf)
    print(json.dumps(as_json(result), indent=2) if parsed.json else explanation_text(result))


def explanation_text(result):
    """Return what `explain_position` found as a table: str."""
    x, y = result["pixel"]
    lines = [
        f"{result['mosaic']}",
        f"RA {result['ra']:.6f}  Dec {result['dec']:.6f}  pixel x = {x}, y = {y} (counted from 0)",
        f"value {result['value']:.5g}  error {result['err']:.5g}  [MJy/sr]   weight {result['weight']:.5g}",
    ]
    if result["psf"]:
        lines.append("PSF: FWHM {fwhm:.4f} arcsec, ellipticity {ellipticity:.3f}".format(**result["psf"]))
    lines.append("")
    if not result["members"]:
        return "\n".join([*lines, "No member covers this position."])
    rows = [COLUMNS] + [_row(member) for member in result["members"]]
    widths = [max(len(row[k]) for row in rows) for k in range(len(COLUMNS))]
    lines += ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    lines += ["", LEGEND[result["method"]]]
    if result["outlier_detection"] != "COMPLETE":
        lines.append(f"Outliers were not looked for: {result['outlier_detection']}.")
    single = [str(member["number"]) for member in result["members"] if member["others"] == 0]
    if single:
        lines.append(f"No. {', '.join(single)}: not checked for outliers: only one exposure looked here.")
    return "\n".join(lines)


def _row(member):
    return [
        str(member["number"]),
        member["member"],
        "{}, {}".format(*member["pixel"]),
        f"{member['value']:.4g}",
        f"{member['err']:.3g}",
        f"{member['sky']:.4g}",
        "yes" if member["outlier"] else "no",
        _votes(member),
        "-" if member["deviation"] is None else f"{member['deviation']:.1f}",
        "-" if member["allowed"] is None else f"{member['allowed']:.1f}",
        f"{100 * member['share']:.1f} %",
        " ".join(member["flags"]) or "-",
    ]


def _votes(member):
    others = member["others"]
    if not others:
        return "-" if others is None else "none"
    if member["brighter"] is None:
        return str(others)
    votes = [(member[word], word) for word in ("brighter", "darker") if member[word]]
    says = ", ".join(f"{count} {'says' if count == 1 else 'say'} {word}" for count, word in votes)
    return f"{others}: {says or 'none differs'}"

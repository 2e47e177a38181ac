"""What the metadata of all members have in common, as a mosaic records it."""

from ..images.image_file import UNKNOWN

# The numbers that name an exposure, each counted anew within the one before it.
LEVELS = ("program", "execution_plan", "pass", "segment", "observation", "visit", "exposure")
# Values that the mosaic has if all members agree on them, and what it has if they do not.
COMMON = {
    "program": dict.fromkeys(["title", "investigator_name", "category", "subcategory", "science_category"]),
    "instrument": {"optical_element": None},
    "cal_step": dict.fromkeys(["flux", "outlier_detection", "skymatch"], "INCOMPLETE"),
}


def common_metadata(members, release):
    """Find what is true of all members of a mosaic, and by what they were grouped.

    Parameters
    ----------
    members : list of dict
        Metadata.
    release : str
        The association's data_release_id.

    Returns
    -------
    dict
        Groups `observation`, `program`, `instrument` and `cal_step` of the mosaic's metadata, and `product_type`.

    References
    ----------
    The schemas l3_common and product_type of rad; romancal's skycell_asn names groupings like this.
    """
    common = {
        group: {key: _common([member.get(group, {}).get(key) for member in members], default) for key, default in keys}
        for group, keys in ((group, defaults.items()) for group, defaults in COMMON.items())
    }
    observation = common_observation([member.get("observation", {}) for member in members])
    kind, name = grouping(observation)
    common["observation"] = {**observation, "exposure_grouping": name}
    # p for prompt products, r for those of a data release.
    common["product_type"] = f"{'r' if release.startswith('r') else 'p'}_{kind}_coadd"
    return common


def common_observation(observations):
    """Find the numbers that all members have in common: dict of each of `LEVELS` to a number or None.

    Visit 1 of pass 1 and visit 1 of pass 2 are two visits: below the first level that differs, or that is unknown,
    nothing is common.
    """
    common, alike = {}, True
    for level in LEVELS:
        value = _common([observation.get(level) for observation in observations], None)
        alike = alike and value not in (None, UNKNOWN)
        common[level] = value if alike else None
    return common


def grouping(observation):
    """Name what exposures were grouped by: its kind (visit, pass, full or user), and the group."""
    if observation["visit"] is not None:
        numbers = (observation[level] for level in ("execution_plan", "pass", "segment", "observation", "visit"))
        return "visit", "v{:02d}{:03d}{:03d}{:03d}{:03d}".format(*numbers)
    if observation["pass"] is not None:
        return "pass", "p{execution_plan:02d}{pass:03d}".format(**observation)
    # All of a program, or what somebody chose.
    kind = "user" if observation["program"] is None else "full"
    return kind, kind


def _common(values, default):
    return values[0] if all(value == values[0] for value in values) and values[0] is not None else default

"""Read what is needed of a field's members, each once: where they lie, which exposure they belong to, their filter."""

import logging
from collections import Counter

from ..errors import InputError
from ..workers import run_in_workers
from .grid import write_headers
from .member_header import read_member_header

log = logging.getLogger(__name__)


def define_field(members, output, workers=1):
    """Write the table of the members of a field.

    Members that cannot be read are no reason to do without the others: they are warned of, and the table says why. The
    products that they belong to fail.

    Parameters
    ----------
    members : list of (str, str, str or None)
        Path, stem and exposure group of each `_cal` file.
    output : str
        See `write_headers`.
    workers : int

    Raises
    ------
    InputError
        If none can be read.
    """
    headers, unreadable = read_member_headers(members, workers, keep_going=True)
    for message in unreadable.values():
        log.warning("%s: its products cannot be made", message)
    if not headers:
        raise InputError(next(iter(unreadable.values())))
    write_headers(output, headers, unreadable)
    log.info("%s: %d members", output, len(headers))


def read_member_headers(members, workers=1, keep_going=False):
    """Read the headers of members, in workers.

    Parameters
    ----------
    members : list of (str, str, str or None)
        Path, stem and exposure group of each.
    workers : int
    keep_going : bool
        Whether members that cannot be read are left out.

    Returns
    -------
    headers : list of MemberHeader
        In the members' order, all with as many nodes.
    unreadable : dict of str to str
        What is wrong with those left out, by stem.
    """
    read = _header_or_reason if keep_going else read_member_header
    found = list(zip(members, run_in_workers(read, members, workers, "member"), strict=True))
    unreadable = {stem: header for (_, stem, _), header in found if isinstance(header, str)}
    readable = [(member, header) for member, header in found if not isinstance(header, str)]
    count = max((len(header.sky) for _, header in readable), default=0)
    headers = [
        header if len(header.sky) == count else read_member_header(*member, count=count) for member, header in readable
    ]
    _part_copied_exposures(
        [header for ((*_, group), _), header in zip(readable, headers, strict=True) if group is None]
    )
    return headers, unreadable


def _header_or_reason(*member):
    try:
        return read_member_header(*member)
    except InputError as error:
        return str(error)


def _part_copied_exposures(headers):
    # Members that metadata alone make one exposure, though it has a detector twice, become exposures of their own.
    exposures = {}
    for header in headers:
        exposures.setdefault((header.group, header.optical_element), []).append(header)
    for (name, _), exposure in exposures.items():
        (detector, count), *_ = Counter(header.detector for header in exposure).most_common(1)
        if count > 1:
            log.warning(
                "%d members have the exposure %s in their metadata, %d of them by the same detector, %s (%s ...): no "
                "exposure has a detector twice, so each is taken for an exposure of its own; an association's group_id "
                "can say which belong together",
                *(len(exposure), name, count, detector, exposure[0].path),
            )
            for header in exposure:
                header.group = header.stem

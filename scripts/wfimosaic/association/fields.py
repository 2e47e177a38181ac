"""Fields: products that share what is made of their members."""

import re
from dataclasses import dataclass

from ..errors import InputError

# In a member's name, of the detector.
DETECTOR = re.compile(r"_wfi\d\d(?=_|$)", re.IGNORECASE)

# Of results, which are no product's.
OTHER_FOLDERS = {"logs", "benchmarks"}


@dataclass(frozen=True)
class Field:
    """Products whose members are measured, matched, scaled and flagged once.

    `products` are theirs by name, `members` all of their members by stem, each once, in the associations' order;
    `products_of` has the names of the products that each member belongs to, by stem, and `exposures` lists of the stems
    that one job works on, by name.
    """

    name: str
    products: dict
    members: dict
    products_of: dict
    exposures: dict


def make_fields(products, name=None):
    """Put products into fields.

    Parameters
    ----------
    products : dict of str to Product
    name : str or None
        Of the field that all of them make together; None: each product is a field of its own.

    Returns
    -------
    dict of str to Field

    Raises
    ------
    InputError
        If a product has the field's name or that of another folder, or products do not mean the same file or exposure
        by a member's name.
    """
    taken = sorted({name, *products} & OTHER_FOLDERS)
    if taken:
        raise InputError(
            f"{taken[0]}: every run has a folder of this name: choose another for the product or the field"
        )
    if name is None:
        return {product.name: _field(product.name, {product.name: product}, str) for product in products.values()}
    if name in products:
        raise InputError(f"field: {name} is the name of a product, and both name a folder of results: choose another")
    return {name: _field(name, products, exposure_name)}


def exposure_name(stem):
    """Name the exposure of a member before its header is read: names of its files differ in the detector alone."""
    return DETECTOR.sub("", stem) or stem


def _field(name, products, exposure):
    members, products_of = {}, {}
    for product in products.values():
        for member in product.members:
            known = members.setdefault(member.stem, member)
            if known != member:
                _refuse(known, member, products[products_of[member.stem][0]], product)
            products_of.setdefault(member.stem, []).append(product.name)
    exposures = {}
    for stem in members:
        exposures.setdefault(exposure(stem), []).append(stem)
    return Field(name, products, members, products_of, exposures)


def _refuse(known, member, first, second):
    what = "the file" if known.path != member.path else "the exposure"
    one, other = (known.path, member.path) if known.path != member.path else (known.group, member.group)
    raise InputError(
        f"member {member.stem}: {what} is {one} in {first.association} and {other} in {second.association}: in a field "
        "a member is one file of one exposure"
    )

"""Read associations: which members make which product.

Needs nothing but the standard library, because Snakemake reads associations on every start.
"""

import difflib
import json
import os
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError
from .urls import is_url, problem_of

PRODUCT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,149}")
SUFFIX = "_cal.asdf"
# What the names of mosaics end with, see the config's `suffix`.
MOSAIC_SUFFIXES = ("_i2d.asdf", "_coadd.asdf")


@dataclass(frozen=True)
class Member:
    """One calibrated image: one detector of one exposure.

    `path` is its file or URL, `stem` the name of its results, `group` the exposure that the association puts it
    in (None: see its metadata).
    """

    path: str
    stem: str
    group: str | None = None


@dataclass(frozen=True)
class Product:
    """One mosaic to be made and the members that it is made of, in the association's order."""

    name: str
    members: tuple[Member, ...]
    excluded: tuple[str, ...]
    association: str
    target: str | None = None
    skycell: dict | None = None
    data_release_id: str = "p"

    @property
    def exclusions(self):
        """Path and reason of each of the excluded, as a mosaic records them: list of dict."""
        reason = "its exptype in the association is not science"
        return [{"path": path, "reason": reason} for path in self.excluded]


def read_associations(paths):
    """Read associations whose product names must differ, since each names a folder of results.

    Parameters
    ----------
    paths : list of str
        Association files.

    Returns
    -------
    dict of str to Product

    Raises
    ------
    InputError
    """
    for path, count in Counter(map(str, paths)).items():
        if count > 1:
            raise InputError(f"{path}: is named {count} times in 'associations': name it once")
    products = {}
    for path in paths:
        for product in read_association(path):
            if product.name in products:
                raise InputError(
                    f"{path}: the product name {product.name!r} is taken already by "
                    f"{products[product.name].association}: rename one of them"
                )
            products[product.name] = product
    return products


def product_of(mosaic):
    """Find the name of a product from that of its mosaic's file: str."""
    name = os.path.basename(mosaic)
    return next((name.removesuffix(suffix) for suffix in MOSAIC_SUFFIXES if name.endswith(suffix)), name)


def missing_members(products, made=(), unreachable=None):
    """Find the products of which members are missing.

    Parameters
    ----------
    products : dict of str to Product
    made : collection of str or None
        Paths of files that need not exist yet: the workflow itself makes them. None: no file is looked for.
    unreachable : dict of str to str, optional
        URLs of members that are not there, and what to say of each.

    Returns
    -------
    dict of str to str
        What to say of each, in one line.
    """
    messages = {}
    for name, product in products.items():
        paths = [member.path for member in product.members]
        missing = [path for path in paths if _is_missing(path, made, unreachable or {})]
        if missing:
            more = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
            which = f"product {name} of {product.association} names it"
            if is_url(missing[0]):
                messages[name] = f"{unreachable[missing[0]]}{more}: {which}"
            else:
                messages[name] = (
                    f"{missing[0]}: no such file{more}: {which}; a relative expname starts at the association's folder"
                )
    return messages


def _is_missing(path, made, unreachable):
    if is_url(path):
        return path in unreachable
    return made is not None and path not in made and not os.path.isfile(path)


def read_association(path):
    """Read the products of one association.

    Parameters
    ----------
    path : str or Path
        A JSON file with `products`, each with `name` and `members`, each with `expname` and
        `exptype`. A relative `expname` is relative to the association's folder; it may be a URL.

    Returns
    -------
    list of Product
        Members with an `exptype` other than science are listed in `excluded`.

    Raises
    ------
    InputError
        If the file is missing or is not an association.
    """
    table = _load(path)
    products = table.get("products")
    if not isinstance(products, list) or not products:
        raise InputError(f"{path}: no products: an association lists them under 'products'")
    return [_product(path, table, product) for product in products]


def _load(path):
    _check_kind(path)
    try:
        table = json.loads(Path(path).read_text(encoding="utf-8"))
        # JSON can hold half characters, which no file can.
        json.dumps(table, ensure_ascii=False).encode()
    except FileNotFoundError:
        raise InputError(f"{path}: no such association: {_advice(path)}check 'associations' in the config") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"{path}: is not JSON: {error}: an association is needed, such as wfimosaic asn_from_list makes"
        ) from None
    if not isinstance(table, dict):
        raise InputError(f"{path}: is not an association: a JSON object with 'products' is needed")
    return table


def _advice(path):
    # What a shell would have made of it.
    path = str(path)
    if set("*?[") & set(path):
        return "patterns are not expanded, so list all names; "
    if path.startswith("~"):
        return "~ is not expanded, so write the whole path; "
    return "several are a list [one.json, other.json]; " if len(path.split()) > 1 else ""


def _check_kind(path):
    # What people give instead of an association.
    if os.path.isdir(path):
        kind, images = "a folder", os.path.join(path, "r*_cal.asdf")
    elif str(path).endswith((".asdf", ".fits")) and os.path.isfile(path):
        kind, images = "an image", path
    else:
        return
    raise InputError(
        f"{path}: is {kind}, not an association: make one with wfimosaic asn_from_list -o asn.json --product-name NAME "
        f"{images}, and name it in the config"
    )


def _product(path, table, product):
    name = product.get("name") if isinstance(product, dict) else None
    if not isinstance(name, str) or not PRODUCT_NAME.fullmatch(name):
        raise InputError(
            f"{path}: product name {str(name)[:60]!r}: a name has 1 to 150 letters, digits and . _ + -, "
            "a letter or digit first"
        )
    entries = product.get("members")
    if not isinstance(entries, list) or not entries:
        raise InputError(f"{path}: product {name}: no members")
    members, excluded = [], []
    for entry in entries:
        expname = entry.get("expname") if isinstance(entry, dict) else None
        if not isinstance(expname, str) or not expname or not expname.isprintable():
            raise InputError(f"{path}: product {name}: every member needs an 'expname', the path of its file")
        exptype = str(entry.get("exptype")).lower()
        if exptype != "science":
            _check_exptype(path, name, expname, exptype)
            excluded.append(expname)
        else:
            members.append(_member(path, expname, entry.get("group_id")))
    if not members:
        raise InputError(f"{path}: product {name}: no member has the exptype 'science': give it to those to be used")
    for stem, count in Counter(member.stem for member in members).items():
        if count > 1:
            raise InputError(f"{path}: product {name}: {count} members are called {stem!r}: remove or rename them")
    skycell, target = table.get("skycell_wcs_info"), table.get("target")
    return Product(
        name=name,
        members=tuple(members),
        excluded=tuple(excluded),
        association=os.path.basename(path),
        target=target if isinstance(target, str) and target.lower() != "none" else None,
        skycell=_skycell(path, skycell),
        data_release_id=str(table.get("data_release_id") or "p"),
    )


def _check_exptype(path, name, expname, exptype):
    # No other exptype (background, target_acquisition, psf ...) is nearly that word.
    if difflib.get_close_matches(exptype, ["science"]):
        raise InputError(
            f"{path}: product {name}: member {expname[:100]!r} has the exptype {exptype[:20]!r}: did you mean "
            "'science'?"
        )


def _member(path, expname, group):
    if is_url(expname):
        if problem := problem_of(expname):
            raise InputError(f"{path}: member {expname[:100]!r}: {problem}")
    elif re.match("(s3|https?):", expname, re.IGNORECASE):
        raise InputError(f"{path}: member {expname[:100]!r}: a URL has two slashes after its first colon")
    stem = os.path.basename(expname)
    stem = stem.removesuffix(SUFFIX) if stem.endswith(SUFFIX) else stem.removesuffix(".asdf")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,199}", stem):
        raise InputError(
            f"{path}: member {expname[:100]!r}: file names may have letters, digits and . _ + -: rename the file"
        )
    if is_url(expname):
        return Member(path=expname, stem=stem, group=None if group is None else str(group))
    normal = os.path.normpath(os.path.join(os.path.dirname(path), expname))
    if "{" in normal or "}" in normal:
        raise InputError(f"{path}: member {normal[:100]!r}: Snakemake reserves {{ and }}: rename the folder")
    return Member(path=normal, stem=stem, group=None if group is None else str(group))


def _skycell(path, info):
    if info is None or (isinstance(info, str) and info.lower() == "none"):
        return None
    if isinstance(info, str):
        try:
            info = json.loads(info)
        except (ValueError, RecursionError):
            raise InputError(f"{path}: skycell_wcs_info: an object or 'none' is needed, not {info[:60]!r}") from None
    if not isinstance(info, dict):
        raise InputError(f"{path}: skycell_wcs_info: an object or 'none' is needed")
    return info

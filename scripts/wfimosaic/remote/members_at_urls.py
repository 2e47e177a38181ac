"""Members at URLs, where a run begins: which are there, and in which version.

Without any nothing is imported that needs time.
"""

import os

from ..association.urls import is_url

# The environment variable by which jobs know what is missing, and how many names it can hold.
MISSING, MOST_MISSING = "WFIMOSAIC_MISSING_URLS", 500


def find_members(products, first, storage_settings):
    """Ask servers for the members at URLs, in the process that comes first; others know what it has found missing.

    Parameters
    ----------
    products : dict of str to Product
    first : bool
    storage_settings : dict of str to object
        Snakemake's, of storage plugins by name.

    Returns
    -------
    found, missing
        See `look_up_all`; in other processes found is empty.

    Raises
    ------
    InputError
        If a plugin that they need is not installed.
    """
    urls = {member.path for product in products.values() for member in product.members if is_url(member.path)}
    if not urls:
        return {}, {}
    if not first:
        return {}, dict.fromkeys(os.environ.get(MISSING, "").split())
    from .remote_files import look_up_all
    from .s3_files import export_settings

    export_settings(storage_settings)
    found, missing = look_up_all(urls)
    os.environ[MISSING] = " ".join(sorted(missing)[:MOST_MISSING])
    return found, missing

"""Report at the end of a run which products are complete, and what failed where."""

import re
from pathlib import Path

from ..association.fields import exposure_name

END = "ends well"
LEFT_OUT = "is left out"
NO_LOG = "none of its jobs wrote why: they never began, or were ended from outside before they could."


def run_summary(products, logs, start, succeeded=False, fields=None, copies=None):
    """Summarise a run from the files it made and the logs its jobs wrote.

    Parameters
    ----------
    products : dict of str to list of str
        The files that each product is to have.
    logs : str
        The folder of the jobs' logs, with a folder for each product.
    start : float
        When the run began [s since 1970]; older logs are of other runs.
    succeeded : bool
        Whether the run made all that it was asked for.
    fields : dict of str to dict of str to list of str, optional
        Of each field the products that its members belong to, by the members' stems.
    copies : dict of str to list of str, optional
        The products that need the copy of a member, by the log of the job that makes it.

    Returns
    -------
    str
        A line with the count and, for each product that is not complete, its failed jobs with their
        last words and logs; before these the failed jobs that products share, each once.
    """
    shared = {
        last_words(Path(log)): (Path(log), names)
        for log, names in (copies or {}).items()
        if has_failed(Path(log), start)
    }
    for name, products_of in (fields or {}).items():
        if name not in products:
            shared |= _shared_failures(Path(logs, name), start, products_of, list(products))
    failed = {name: failed_logs(Path(logs, name), start) for name in products}
    missing = [
        name
        for name, files in products.items()
        if failed[name] or any(name in some for _, some in shared.values()) or not all(Path(f).exists() for f in files)
    ]
    count = f"{len(products) - len(missing)} of {len(products)} products are complete"
    if succeeded and missing:
        return f"{count}; the rest was not asked for."
    lines = [f"{count}."]
    for words, (path, names) in shared.items():
        lines += [words, f"    log: {path}", f"    so these are not: {', '.join(names)}"]
    said = {name for _, names in shared.values() for name in names}
    for name in missing:
        paths = [path for path in failed[name] if last_words(path) not in shared]
        if paths or name not in said:
            lines.append(f"{name} is not:" if paths else f"{name} is not; {NO_LOG}")
        for path in paths:
            lines += [f"  {last_words(path)}", f"    log: {path}"]
    return "\n".join(lines)


def _shared_failures(folder, start, products_of, products):
    # What failed for several products: dict of last words to log and names.
    found = {}
    for path in sorted(folder.rglob("flag_outliers/*.log")):
        if path.stat().st_mtime >= start:
            for stem, words in re.findall(rf" ERROR (\S+) {LEFT_OUT}: (.*)", path.read_text(errors="replace")):
                found[words] = path, products_of[stem]
    of_exposure = {}
    for stem, names in products_of.items():
        of_exposure.setdefault(exposure_name(stem), {}).update(dict.fromkeys(names))
    for path in failed_logs(folder, start):
        # Of an exposure, or of the whole field.
        found[last_words(path)] = path, list(of_exposure.get(path.stem, products))
    return found


def failed_logs(folder, start):
    """Find the logs in a folder that were written since `start` and do not end well: list of paths in order.

    Empty ones count only if there are no others: on a cluster, jobs that waited in a group for one
    that failed have such logs.
    """
    failed = [path for path in sorted(folder.rglob("*.log")) if has_failed(path, start)]
    return [path for path in failed if path.stat().st_size] or failed


def has_failed(path, start):
    """Tell whether a log was written since `start` and does not end well."""
    return path.exists() and path.stat().st_mtime >= start and END not in _lines(path)[-1]


def last_words(path):
    """Return what a job's log says of its end: the last error, or that something else ended the job."""
    lines = _lines(path)
    errors = [line.split(" ERROR ", 1)[1] for line in lines if " ERROR " in line]
    if not errors:
        return "ended from outside: for want of memory or time, or by hand"
    return errors[-1] if errors[-1] in lines[-1] else f"{errors[-1]}: {lines[-1]}"


def _lines(path):
    return path.read_text(errors="replace").splitlines() or [""]

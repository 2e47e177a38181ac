"""Hash the code that a rule runs, so that edited code reruns what depends on it."""

import ast
import functools
import hashlib
from importlib.util import resolve_name
from pathlib import Path


def code_version(script, package):
    """Hash a script and the modules of a package that it imports, directly or not.

    Parameters
    ----------
    script : str or Path
    package : str or Path
        Its folder.

    Returns
    -------
    str
        The same for code that differs in comments, docstrings and formatting alone.

    Raises
    ------
    ImportError
        If a name inside the package is no module: code that is not found could be edited unnoticed.
    """
    script, package = Path(script).resolve(), Path(package).resolve()
    digest, waiting = _read(script, package)
    digests = {script.name: digest}
    while waiting:
        path = waiting.pop()
        name = path.relative_to(package.parent).as_posix()
        if name not in digests:
            digests[name], imported = _read(path, package)
            waiting = waiting + imported
    lines = sorted(f"{name} {digest}" for name, digest in digests.items())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


@functools.cache
def _read(path, package):
    tree = ast.parse(path.read_text())
    inside = path.is_relative_to(package)
    room = ".".join(path.parent.relative_to(package.parent).parts) if inside else ""
    imported = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            imported += _modules(node, room, path, package)
        body = getattr(node, "body", None)
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node, clean=False):
            node.body = body[1:]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest(), imported


def _modules(node, room, path, package):
    # The files of the package that an import statement names.
    if isinstance(node, ast.Import):
        names = [(alias.name, None) for alias in node.names]
    else:
        origin = resolve_name("." * node.level + (node.module or ""), room)
        names = [(origin, alias.name) for alias in node.names]
    inside = [(module, name) for module, name in names if module.split(".")[0] == package.name]
    return [_file(module, name, path, package.parent) for module, name in inside]


def _file(module, name, path, root):
    # A name comes from a module, is itself a module of a package, or stands in the package's __init__.py.
    place = root.joinpath(*module.split("."))
    candidates = [place.with_suffix(".py")]
    if name is not None:
        candidates.append(place / f"{name}.py")
        if not (place / name).is_dir():
            candidates.append(place / "__init__.py")
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    raise ImportError(f"{path}: imports {'.'.join(filter(None, (module, name)))}, which is no module of this code")

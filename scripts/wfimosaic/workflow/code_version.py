"""Hash the code that a rule runs, so that edited code reruns what depends on it."""

import ast
import functools
import hashlib
from importlib.util import resolve_name
from pathlib import Path


def code_version(script):
    """Hash a script and the modules beside it that it imports, directly or not.

    Parameters
    ----------
    script : str or Path
        The package that it imports lies in the same folder.

    Returns
    -------
    str
        The same for code that differs in comments, docstrings and formatting alone.

    Raises
    ------
    ImportError
        If a name inside the package is no module: code that is not found could be edited unnoticed.
    """
    script = Path(script).resolve()
    root = script.parent
    digests, waiting = {}, [script]
    while waiting:
        path = waiting.pop()
        if path not in digests:
            digests[path], imported = _read(path, root)
            waiting.extend(imported)
    lines = sorted(f"{path.relative_to(root).as_posix()} {digest}" for path, digest in digests.items())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


@functools.cache
def _read(path, root):
    tree = ast.parse(path.read_text())
    package = ".".join(path.parent.relative_to(root).parts)
    imported = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            imported += _modules(node, package, path, root)
        body = getattr(node, "body", None)
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node, clean=False):
            node.body = body[1:]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest(), imported


def _modules(node, package, path, root):
    # The files of this folder that an import statement names.
    if isinstance(node, ast.Import):
        names = [(alias.name, None) for alias in node.names]
    else:
        origin = resolve_name("." * node.level + (node.module or ""), package)
        names = [(origin, alias.name) for alias in node.names]
    inside = [(module, name) for module, name in names if (root / module.split(".")[0]).is_dir()]
    return [_file(module, name, path, root) for module, name in inside]


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

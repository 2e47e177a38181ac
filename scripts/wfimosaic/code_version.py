"""Tell which version of the code a rule runs, so that edited code reruns what depends on it."""

import ast
import functools
import hashlib
from pathlib import Path

PACKAGE = Path(__file__).parent


def code_version(script):
    """Hash a script and the modules of this package that it imports, directly or not.

    Parameters
    ----------
    script : str or Path

    Returns
    -------
    str
        The same for code that differs in comments, docstrings and formatting alone.
    """
    seen, waiting = {}, [Path(script).resolve()]
    while waiting:
        path = waiting.pop()
        if path not in seen:
            seen[path], imported = _read(path)
            waiting.extend(imported)
    digests = [f"{path.name} {digest}" for path, digest in sorted(seen.items())]
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()[:16]


@functools.cache
def _read(path):
    tree = ast.parse(path.read_text())
    imported = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            imported += _modules(node)
        body = getattr(node, "body", None)
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node, clean=False):
            node.body = body[1:]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest(), imported


def _modules(node):
    inside = node.level == 1 or (node.module or "").split(".")[0] == PACKAGE.name
    if not inside:
        return []
    module = node.module if node.level == 1 else ".".join(node.module.split(".")[1:])
    names = [module] if module else [alias.name for alias in node.names]
    return [path for name in names if (path := PACKAGE / f"{name}.py").exists()]

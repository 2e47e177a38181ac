"""What is wrong with a configuration, in words of those who wrote it."""

import difflib

KINDS = {
    "array": "a list such as [one, two]",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "null",
    "number": "a number",
    "object": "a section of names and values",
    "string": "text",
}


def complaints(errors, schema):
    """Say what is wrong with a configuration.

    Parameters
    ----------
    errors : iterable of jsonschema.ValidationError
    schema : dict

    Returns
    -------
    list of str
        One for each option, in their order.
    """
    said = {}
    for error in sorted(errors, key=lambda error: list(map(str, error.absolute_path))):
        path = ".".join(map(str, error.absolute_path))
        # A value of another type breaks other rules as well.
        if path not in said or error.validator == "type":
            said[path] = _complaint(error, path, schema)
    return list(said.values())


def _complaint(error, path, schema):
    if error.validator == "additionalProperties":
        return _no_option(error, path, schema)
    if error.validator == "required" or (path == "associations" and error.instance is None):
        return "'associations' is missing: name at least one association file"
    allowed = error.schema.get("enum") if "enum" in error.schema else None
    if allowed:
        return f"{path}: {_shown(error.instance)} is not one of {', '.join(map(str, allowed))}"
    return f"{path}: {_what(error)} ({_meaning(error, schema)})"


def _what(error):
    shown, rules = _shown(error.instance), error.schema
    if error.validator == "type":
        kinds = rules["type"] if isinstance(rules["type"], list) else [rules["type"]]
        return f"{shown} is not {' or '.join(KINDS[kind] for kind in kinds)}"
    if error.validator == "pattern":
        return f"{shown} is not {rules['allowed']}"
    return error.message


def _no_option(error, path, schema):
    known = list(error.schema["properties"])
    unknown = next(str(key) for key in error.instance if key not in known)
    name = f"{path}.{unknown}".strip(".")
    close = difflib.get_close_matches(unknown, known, 1)
    elsewhere = [
        f"{key}.{unknown}" for key, rules in schema["properties"].items() if unknown in rules.get("properties", ())
    ]
    before, _, after = unknown.partition(".")
    if "products" in error.instance and not path:
        return f"{name} is no option: this is an association; 'associations: [it]' in a file of its own makes a config"
    if unknown.partition(":")[0] in known and ":" in unknown:
        hint = f"; a blank is needed after {unknown.partition(':')[0]}:"
    elif after in schema["properties"].get(before, {}).get("properties", ()):
        hint = f"; did you mean {before}: {{{after}: ...}}?"
    elif elsewhere:
        hint = f" here; did you mean {' or '.join(elsewhere)}?"
    else:
        hint = f", did you mean {close[0]}?" if close else ";"
    return f"{name} is no option{hint} allowed: {', '.join(known)}"


def _meaning(error, schema):
    # Of the innermost part that has a description: elements of lists have none.
    rules, meaning = schema, ""
    for key in error.absolute_path:
        rules = rules.get("properties", {}).get(key, {})
        meaning = rules.get("description", meaning)
    return meaning.strip()


def _shown(value):
    if value is None:
        return "null (or nothing)"
    return str(value).lower() if isinstance(value, bool) else repr(value)

"""Ways of writing a configuration that mean the same: what `--config` makes of numbers, sections without options."""

CONSTANTS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def as_meant(value, rules):
    """Return a configuration with values in the types that the schema asks for, where it is clear what is meant.

    Parameters
    ----------
    value : object
        Of the whole configuration, or of a part of it.
    rules : dict
        Its schema.

    Returns
    -------
    object
        A section whose options are all commented out becomes an empty one, a string that is a number, a switch or
        null that value (``--config 'resample={pixfrac: 0.5}'`` hands over strings), two numbers in a list the string
        that the schema knows, and a single string that is to be a list of them this list. All else stays.
    """
    types = rules.get("type", [])
    types = [types] if isinstance(types, str) else types
    below = rules.get("properties")
    if value is None and below:
        return {}
    if isinstance(value, dict) and below:
        return {key: as_meant(item, below.get(key, {})) for key, item in value.items()}
    if rules.get("format") == "two numbers" and type(value) in (int, float):
        return str(value)  # Its check says how two are written.
    if isinstance(value, list):
        if rules.get("format") == "two numbers" and all(type(item) in (int, float, str) for item in value):
            return " ".join(map(str, value))
        kinds = rules.get("prefixItems", [])
        return [as_meant(item, kinds[k] if k < len(kinds) else rules.get("items", {})) for k, item in enumerate(value)]
    return _meant_by_word(value, types, rules) if isinstance(value, str) else value


def _meant_by_word(word, types, rules):
    if "null" in types and word.lower() == "null":
        return None
    if "boolean" in types:
        return CONSTANTS.get(word.lower(), word)
    if "string" not in types and {"integer", "number"} & set(types):
        for kind in (int, float):
            try:
                return kind(word)
            except ValueError:
                continue
    if "array" in types and rules.get("items", {}).get("type") == "string":
        return [word]
    return word

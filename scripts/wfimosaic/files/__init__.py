"""Files: atomic writes, scratch arrays, fingerprints, plain ASDF."""

"""Files: written whole, scratch arrays, fingerprints, plain ASDF."""

"""Images whose truth is known: the sky, the focal plane, the detectors."""

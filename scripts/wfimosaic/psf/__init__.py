"""The PSF of a mosaic anywhere in it, from the detectors' own."""

"""The mosaic: blocks, variances, the data model, FITS."""

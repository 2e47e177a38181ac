"""Drawing on the sky: previews, binning, axes and colour bars."""

"""Compare exposures with each other: what differs from the median and none of the others explains is an outlier."""

"""Outlier detection: single-drizzled exposures, their median, and the flags."""

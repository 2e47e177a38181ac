"""Outlier detection: exposures drizzled alone, their median, and the flags."""

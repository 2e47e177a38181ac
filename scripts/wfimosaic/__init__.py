"""Mosaics of Roman Wide Field Instrument images: the science behind the workflow's rules."""

__version__ = "1.0.0"

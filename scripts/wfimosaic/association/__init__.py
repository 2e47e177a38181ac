"""Associations: which members make which product, on which skycell."""

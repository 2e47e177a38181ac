"""Mosaics in the browser: HiPS tiles and the page that shows them."""

"""Rows become versions of their dates, and versions become current readings."""

"""Metadata after CF and ACDD: the tables of a dataset, their variables and attributes."""

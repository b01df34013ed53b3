"""Rows are stored as versions of their dates, from which the current readings follow."""

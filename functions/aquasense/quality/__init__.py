"""Readings are tested and flagged, after QARTOD."""

"""Readings are tested (QARTOD) and flagged."""

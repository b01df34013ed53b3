"""Ingest function: uploaded files become versions of readings in the table, and receipts."""

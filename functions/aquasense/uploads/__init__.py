"""The identity and order of uploads, their receipts and their impact."""

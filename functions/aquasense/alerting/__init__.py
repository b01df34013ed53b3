"""Alerts are decided, kept in a ledger and written as e-mail."""

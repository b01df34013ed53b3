"""Alerts are decided, recorded in a ledger and written as e-mail."""

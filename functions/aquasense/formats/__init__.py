"""JSON and CSV text that keeps every digit."""

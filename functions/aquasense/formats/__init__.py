"""JSON and CSV encoders that keep every digit of a decimal."""

"""The quality tests, compared with those of ioos_qc."""

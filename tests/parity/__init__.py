"""The quality tests compared with ioos_qc, the trend with pymannkendall and SciPy."""

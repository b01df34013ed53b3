"""CSV files of readings: decode the bytes, parse the lines, read the rows."""

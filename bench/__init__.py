"""Speed beside how it is usually written: `make bench`."""

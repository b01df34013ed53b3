"""Development tools, which the Makefile runs."""

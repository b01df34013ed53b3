"""The command line `aquasense`."""

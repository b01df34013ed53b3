"""The container's API: HTTP around the same service the query function uses."""

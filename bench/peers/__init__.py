"""The same jobs, as people write them."""

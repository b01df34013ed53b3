"""The same jobs, as people write them."""

# The figures that every peer computes.
FIGURES = ("temp", "sd", "maxdiff")

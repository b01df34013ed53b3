"""The same jobs as tutorials write them."""

# The figures that every peer computes.
FIGURES = ("temp", "sd", "maxdiff")

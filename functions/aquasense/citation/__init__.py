"""Citations of an exact state of a dataset, and its descriptions for catalogues."""

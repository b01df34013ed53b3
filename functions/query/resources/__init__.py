"""Route handlers, one module per resource, with the columns of their CSV."""

"""The same jobs as tutorials write them."""

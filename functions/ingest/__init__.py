"""A file in the bucket becomes versions in the table and a receipt."""

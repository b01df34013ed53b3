"""A question becomes an answer, the same for every front end."""

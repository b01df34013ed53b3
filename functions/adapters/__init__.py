"""Clients of the AWS services and the configuration they need; the domain imports none of it."""

"""What a developer or an operator runs; none of it is deployed."""

"""The notify function: from a receipt to at most one message to the subscribers."""

"""The notify function: send at most one message for a receipt or a withdrawal."""

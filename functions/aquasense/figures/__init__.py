"""Current readings become monthly figures."""

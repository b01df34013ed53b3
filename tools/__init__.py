"""Commands for developers and operators; none of them is deployed."""

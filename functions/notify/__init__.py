"""An upload's receipt becomes at most one message to the subscribers."""

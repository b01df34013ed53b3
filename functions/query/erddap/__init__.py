"""An ERDDAP-compatible door to the readings and the monthly figures: tabledap only."""

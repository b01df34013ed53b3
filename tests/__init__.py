"""Unit: the domain alone. Integration: against an emulated AWS API. e2e: the whole of it."""

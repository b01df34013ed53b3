"""The watch function: check every hour that each series still gets readings."""

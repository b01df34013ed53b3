"""The watch function: an hourly check that each series still gets readings."""

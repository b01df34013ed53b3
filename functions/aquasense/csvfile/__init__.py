"""A CSV file becomes rows, and rejections with their reason."""

"""Where AWS begins: one module for each service, each turning its errors into ours."""

"""The OpenAPI document, derived from the routes and the registries."""

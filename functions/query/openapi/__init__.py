"""The OpenAPI document, generated from the routes and the registries."""

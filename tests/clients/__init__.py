"""The API as clients of environmental data see it; they run in an environment of their own."""

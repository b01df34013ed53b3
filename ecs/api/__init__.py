"""The container: an aiohttp server for the service of functions/query."""

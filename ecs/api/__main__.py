"""Run the server: `python -m api`. SIGTERM stops it after the pending requests."""

import sys

from aiohttp import web

from adapters.config import Config, ConfigError
from api import logs
from api.app import create_app
from api.cache import Cache
from api.server_config import KEEPALIVE_SECONDS, READABLE_BYTES, SHUTDOWN_SECONDS, ServerConfig


def main() -> None:
    """Run the server; exit with one line on standard error for an invalid setting."""
    try:
        config, server = Config.from_env(), ServerConfig.from_env()
    except ConfigError as error:
        sys.exit(f"api: {error}")
    logs.configure()
    web.run_app(
        create_app(config, Cache(server.cache_seconds)),
        host=server.host,
        port=server.port,
        access_log_class=logs.AccessLogger,
        keepalive_timeout=KEEPALIVE_SECONDS,
        shutdown_timeout=SHUTDOWN_SECONDS,
        max_field_size=READABLE_BYTES,
        print=None,
    )


if __name__ == "__main__":
    main()

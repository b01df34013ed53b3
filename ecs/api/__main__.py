"""`python -m api`: serve until SIGTERM, then answer what is under way and stop."""

import asyncio
import sys

from adapters.settings import Settings, SettingsError
from api import logs
from api.app import create_app
from api.cache import Cache
from api.server import serve
from api.settings import Server


def main() -> None:
    """Run the server; a wrong setting is one line on standard error."""
    try:
        settings, server = Settings.from_env(), Server.from_env()
    except SettingsError as error:
        sys.exit(f"api: {error}")
    logs.configure()
    asyncio.run(serve(create_app(settings, Cache(server.cache_seconds)), server))


if __name__ == "__main__":
    main()

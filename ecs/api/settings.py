"""What only the server needs to know; the rest is adapters.settings."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from adapters.settings import SettingsError

# aiohttp may spend it twice (waiting for handlers, then for the cancelled ones): with what comes
# after, that has to stay under the task's stop timeout of 30 s.
SHUTDOWN_SECONDS = 10.0
# Longer than the load balancer's idle timeout of 60 s, or it would send into closing connections.
KEEPALIVE_SECONDS = 75.0


@dataclass(frozen=True, slots=True)
class Server:
    """Where to listen."""

    host: str
    port: int

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> "Server":
        """Read HOST and PORT.

        Raises:
            SettingsError: PORT is no port.
        """
        text = environ.get("PORT", "5000")
        if not (text.isascii() and text.isdecimal() and 0 < int(text) < 65536):
            raise SettingsError(f"PORT must be a number from 1 to 65535, not {text!r}")
        return cls(environ.get("HOST", "0.0.0.0"), int(text))

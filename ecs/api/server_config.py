"""What only the server needs to know; the rest is adapters.config."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

from adapters.config import ConfigError
from api.cache import FRESHNESS

# aiohttp may spend it twice (waiting for handlers, then for the cancelled ones): with what comes
# after, that has to stay under the task's stop timeout of 30 s.
SHUTDOWN_SECONDS = 10.0
# Longer than the load balancer's idle timeout of 60 s, or it would send into closing connections.
KEEPALIVE_SECONDS = 75.0
# No answer is older than this; 0 keeps none.
MOST_CACHE_SECONDS = 2

_SECONDS = re.compile(r"\d(?:\.\d{1,3})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Server:
    """Where to listen, and for how many seconds an answer may be kept."""

    host: str
    port: int
    cache_seconds: float = FRESHNESS

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> "Server":
        """Read HOST, PORT and CACHE_SECONDS.

        Raises:
            ConfigError: PORT is no port, or CACHE_SECONDS not from 0 to MOST_CACHE_SECONDS.
        """
        text = environ.get("PORT", "5000")
        if not (text.isascii() and text.isdecimal() and 0 < int(text) < 65536):
            raise ConfigError(f"PORT must be a number from 1 to 65535, not {text!r}")
        seconds = environ.get("CACHE_SECONDS", str(FRESHNESS))
        if not _SECONDS.fullmatch(seconds) or float(seconds) > MOST_CACHE_SECONDS:
            raise ConfigError(
                f"CACHE_SECONDS must be a number from 0 to {MOST_CACHE_SECONDS}, not {seconds!r}"
            )
        return cls(environ.get("HOST", "0.0.0.0"), int(text), float(seconds))

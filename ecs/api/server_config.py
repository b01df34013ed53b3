"""Configuration of the server; adapters.config has the rest."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

from adapters.config import ConfigError
from api.cache import FRESHNESS

# aiohttp may wait twice, for handlers and then for cancelled handlers. Twice this and the cleanup
# must be less than the task's stop timeout of 30 s.
SHUTDOWN_SECONDS = 10.0
# Longer than the load balancer's idle timeout of 60 s, so that the balancer closes first.
KEEPALIVE_SECONDS = 75.0
# Bytes of the longest header that is accepted, and of the longest that is read so that it can be
# refused with 431. aiohttp refuses longer ones with 400.
HEADER_BYTES, READABLE_BYTES = 8190, 131_072
# Maximum age of a response that the API promises.
MAX_CACHE_SECONDS = 2

_SECONDS = re.compile(r"\d(?:\.\d{1,3})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """Address of the server, and how long it caches responses; 0 caches none."""

    host: str
    port: int
    cache_seconds: float = FRESHNESS

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> "ServerConfig":
        """Read HOST, PORT and CACHE_SECONDS.

        Raises:
            ConfigError: PORT or CACHE_SECONDS is invalid.
        """
        text = environ.get("PORT", "5000")
        if not (text.isascii() and text.isdecimal() and 0 < int(text) < 65536):
            raise ConfigError(f"PORT must be a number from 1 to 65535, not {text!r}")
        seconds = environ.get("CACHE_SECONDS", str(FRESHNESS))
        if not _SECONDS.fullmatch(seconds) or float(seconds) > MAX_CACHE_SECONDS:
            raise ConfigError(
                f"CACHE_SECONDS must be a number from 0 to {MAX_CACHE_SECONDS}, not {seconds!r}"
            )
        return cls(environ.get("HOST", "0.0.0.0"), int(text), float(seconds))

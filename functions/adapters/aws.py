"""Create botocore clients from one session, which loads their shared data once."""

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from botocore.session import Session


def create_client(service: str, region: str, endpoint_url: str | None) -> Any:
    """Return a client with timeouts and retries; credentials come from botocore's chain."""
    from botocore.config import Config

    # Long enough for a slow first byte, short enough for several attempts within one invocation.
    config = Config(
        connect_timeout=3, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 4}
    )
    return _session().create_client(
        service, region_name=region, endpoint_url=endpoint_url, config=config
    )


class LazyClient:
    """A client created at its first use, for a function that seldom needs it.

    The import of botocore and its first client are more than half of a function's cold start.
    """

    def __init__(self, service: str, region: str, endpoint_url: str | None) -> None:
        self._client = cache(lambda: create_client(service, region, endpoint_url))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client(), name)


@cache
def _session() -> "Session":
    # Imported at the first use, as in create_client().
    import botocore.session

    return botocore.session.get_session()

"""The aiohttp application: one route per path, and the connection to the table."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

from aiohttp import web

from adapters.config import Config
from adapters.table import Table
from api import logs
from api.cache import Cache, Key
from api.server_config import HEADER_BYTES
from aquasense import datasets
from query import headers
from query.http import Request, Response, not_allowed, problem, unavailable
from query.page import Page
from query.routes import ROUTES
from query.service import MAX_ITEMS, TABLE_TIMEOUT, Service, not_found

type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

TABLE = web.AppKey("table", Table)
SERVICE = web.AppKey("service", Service)
PAGE = web.AppKey("page", Page)
ORIGINS = web.AppKey("origins", tuple[str, ...])
CACHE = web.AppKey("cache", Cache)
# The paths served besides ROUTES, without the page's own files.
PUBLIC_PATHS = (*Page.paths, "/health", "/ready")

log = logging.getLogger(__name__)


def create_app(config: Config, cache: Cache | None = None) -> web.Application:
    """Return the application; it connects to the table at startup."""
    app = web.Application(middlewares=[errors_as_problems])
    configured = datasets.load_datasets(config.alert_threshold)
    app[PAGE] = Page(configured)
    app[ORIGINS] = headers.allowed_origins()
    app[CACHE] = cache or Cache()

    @asynccontextmanager
    async def connect(app: web.Application) -> AsyncIterator[None]:
        async with Table.open(config, TABLE_TIMEOUT, MAX_ITEMS) as table:
            app[TABLE] = table
            app[SERVICE] = Service(table, configured)
            yield

    app.cleanup_ctx.append(connect)
    for paths, handler in ((ROUTES, get_data), ((*Page.paths, Page.files_pattern), get_page)):
        for path in paths:
            # Any character except a slash; aiohttp's default pattern also excludes braces.
            pattern = re.sub(r"\{(id|name)\}", r"{\1:(?:(?!%2F)[^/])+}", path)
            pattern = pattern.replace("{path}", r"{path:[\s\S]*}")
            app.add_routes([web.get(pattern, handler), web.options(pattern, get_options)])
    app.add_routes([web.get("/health", get_health), web.get("/ready", get_ready)])
    return app


async def get_data(request: web.Request) -> web.StreamResponse:
    """Respond to a route of the service from the cache or the table."""
    cache = request.app[CACHE]
    key = Key(
        request.raw_path,
        request.headers.get("Accept", ""),
        request.headers.get("Accept-Encoding", ""),
        request.headers.get("Origin", ""),
        request.headers.get("Host", ""),
        request.headers.get("X-Forwarded-Proto", ""),
    )
    now = asyncio.get_running_loop().time()
    entry = cache.fresh(key, now)
    if entry is None:
        entry = await cache.get(key, partial(query_table, request))
        now = asyncio.get_running_loop().time()
    response = headers.check_condition(entry.aged(now), request.headers.get("If-None-Match", ""))
    return await send(request, response)


async def query_table(request: web.Request) -> Response:
    """Return the service's response, complete except for Age and a condition."""
    incoming = as_request(request)
    response = await request.app[SERVICE].get(incoming)
    response = headers.add_headers(response, incoming, request.app[ORIGINS])
    return headers.compress(response, incoming.header("accept-encoding"))


async def get_page(request: web.Request) -> web.StreamResponse:
    """Respond with a file of the page or with the OpenAPI document."""
    response = request.app[PAGE].find(as_request(request))
    if response is None:
        raise web.HTTPNotFound
    return await complete(request, response)


async def get_options(request: web.Request) -> web.StreamResponse:
    """Respond to OPTIONS, a CORS preflight included."""
    return await send(request, headers.preflight(as_request(request), request.app[ORIGINS]))


async def get_health(request: web.Request) -> web.Response:
    """Report the health of the process.

    The load balancer uses it: an outage of the table must not stop every task.
    """
    return web.json_response({"status": "ok"})


async def get_ready(request: web.Request) -> web.StreamResponse:
    """Report the health of the process and the table."""
    try:
        async with asyncio.timeout(TABLE_TIMEOUT):
            await request.app[TABLE].ready()
    except Exception:
        log.exception("the table does not answer")
        return await complete(request, problem(503, "not ready", "the table does not answer"))
    return web.json_response({"status": "ready"})


@web.middleware
async def errors_as_problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Return every error as problem+json; the cause of a failure is only logged."""
    logs.request_id.set(logs.trace_id(request))
    try:
        if any(len(value) > HEADER_BYTES for _, value in request.raw_headers):
            raise web.HTTPRequestHeaderFieldsTooLarge
        return await handler(request)
    except web.HTTPRequestHeaderFieldsTooLarge as error:
        detail = f"a header may have {HEADER_BYTES} bytes"
        response = problem(error.status, error.reason.lower(), detail)
    except web.HTTPNotFound:
        response = not_found(request.path, PUBLIC_PATHS)
    except web.HTTPMethodNotAllowed as error:
        response = not_allowed(sorted(error.allowed_methods))
    except web.HTTPException as error:
        response = problem(error.status, error.reason.lower(), "no route takes it")
    except Exception:
        log.exception("a request failed")
        response = unavailable()
    return await complete(request, response)


def as_request(request: web.Request) -> Request:
    """Convert aiohttp's request to the service's."""
    url = request.rel_url
    return Request(
        request.method, request.path, list(url.query.items()), request.headers, url.raw_query_string
    )


async def complete(request: web.Request, response: Response) -> web.StreamResponse:
    """Complete a response with headers, compression and the condition, then send it."""
    incoming = as_request(request)
    response = headers.add_headers(response, incoming, request.app[ORIGINS])
    response = headers.compress(response, incoming.header("accept-encoding"))
    response = headers.check_condition(response, incoming.header("if-none-match"))
    return await send(request, response)


async def send(request: web.Request, response: Response) -> web.StreamResponse:
    """Return a response for aiohttp to send; a body in parts is sent here."""
    if isinstance(response.body, bytes):
        return web.Response(
            status=response.status, headers=response.headers, body=response.body or None
        )
    streamed = web.StreamResponse(status=response.status, headers=response.headers)
    await streamed.prepare(request)
    try:
        if request.method != "HEAD":
            for part in response.parts():
                await streamed.write(part)
        await streamed.write_eof()
    except Exception:
        # The status is already sent: only a missing end of the body can report the failure.
        if request.transport is not None:  # None after a disconnection by the client
            log.exception("a response failed after its start")
            request.transport.close()
    return streamed

"""The application: routes, errors, and the table's connection for as long as it runs."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

from aiohttp import web

from adapters.settings import Settings
from adapters.table import Table
from api import logs, refusals
from api.cache import Cache, Key, aged
from api.page import Page
from api.responses import asked, send
from aquasense import datasets
from aquasense.encoding import encoded
from query import http, openapi, routes
from query.answer import JSON, Answer, problem, unavailable
from query.service import Service, not_found

type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

# Somebody is waiting for the answer: give up early and say so.
PATIENCE = 3.0
# What is answered beside the routes; the files of the page are nobody's to ask for by name.
SHOWN = ("/", "/docs", openapi.PATH, "/health", "/ready")

SETTINGS = web.AppKey("settings", Settings)
TABLE = web.AppKey("table", Table)
SERVICE = web.AppKey("service", Service)
FILES = web.AppKey("files", dict[str, Answer])
ORIGINS = web.AppKey("origins", tuple[str, ...])
CACHE = web.AppKey("cache", Cache)

log = logging.getLogger(__name__)


def create_app(settings: Settings, cache: Cache | None = None) -> web.Application:
    """The application, not yet started; it connects to the table when it is."""
    refusals.install()
    app = web.Application(middlewares=[problems])
    known = datasets.load(settings.alert_threshold)
    document = Answer(200, JSON, encoded(openapi.document(known)), {"Cache-Control": "no-cache"})
    app[SETTINGS] = settings
    app[ORIGINS] = http.origins()
    app[CACHE] = cache or Cache()
    app[FILES] = {**Page.load().answers, openapi.PATH: document}
    app.cleanup_ctx.append(connected)
    app.add_routes([web.get("/health", health), web.get("/ready", ready)])
    # Not ".*": a line break in a path would be nobody's.
    app.add_routes([web.route("*", r"/{path:[\s\S]*}", anything)])
    return app


@asynccontextmanager
async def connected(app: web.Application) -> AsyncIterator[None]:
    """Hold the connection from start to stop."""
    settings = app[SETTINGS]
    async with Table.open(settings, PATIENCE) as table:
        app[TABLE] = table
        app[SERVICE] = Service(table, datasets.load(settings.alert_threshold))
        yield


async def anything(request: web.Request) -> web.StreamResponse:
    """Any route of the service, and the files of the page."""
    path, files = request.path, request.app[FILES]
    if path in ("/health", "/ready"):
        return await _send(request, http.not_allowed(("GET", "HEAD")))
    if path not in files and routes.of(path) is None:
        return await _send(request, not_found(path, SHOWN))
    if request.method == "OPTIONS":
        return await send(request, http.preflight(asked(request), request.app[ORIGINS]))
    if request.method not in http.METHODS:
        return await _send(request, http.not_allowed())
    if path in files:
        return await _send(request, files[path])
    return await send(request, await _kept(request))


async def _kept(request: web.Request) -> http.Response:
    """A route's answer: kept from a moment ago, or asked for."""
    headers, app, given = request.headers, request.app, asked(request)
    accept = headers.get("Accept", "")

    async def ask() -> http.Response:
        answer = await app[SERVICE].answer(request.path, request.query.items(), accept)
        return http.response(answer, replace(given, if_none_match=""), app[ORIGINS])

    key = Key(request.raw_path, accept, given.accept_encoding, given.origin)
    entry = await app[CACHE].get(key, ask)
    return aged(entry, given.if_none_match, asyncio.get_running_loop().time())


async def health(request: web.Request) -> web.Response:
    """The process alone: were the table in it, its outage would take every task down with it."""
    return web.json_response({"status": "ok"})


async def ready(request: web.Request) -> web.StreamResponse:
    """The process and its table."""
    try:
        async with asyncio.timeout(PATIENCE):
            await request.app[TABLE].ready()
    except Exception:
        log.exception("the table does not answer")
        return await _send(request, problem(503, "not ready", "the table does not answer"))
    return web.json_response({"status": "ready"})


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every error as problem+json; what went wrong inside goes to the log and no further."""
    logs.request_id.set(logs.id_of(request))
    try:
        return await handler(request)
    except web.HTTPMethodNotAllowed as error:
        return await _send(request, http.not_allowed(sorted(error.allowed_methods)))
    except web.HTTPException as error:
        # aiohttp's own verdict on what no route is for, such as OPTIONS * and CONNECT.
        return await _send(
            request, problem(error.status, error.reason.lower(), "no route takes it")
        )
    except Exception:
        log.exception("a request failed")
        return await _send(request, unavailable())


async def _send(request: web.Request, answer: Answer) -> web.StreamResponse:
    return await send(request, http.response(answer, asked(request), request.app[ORIGINS]))

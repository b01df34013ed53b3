"""The application: routes, errors, and the table's connection for as long as it runs."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from adapters.settings import Settings
from adapters.table import Table
from aquasense import datasets
from query.service import ROUTES, Answer, Service, not_allowed, not_found, problem, unavailable

type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

# Somebody is waiting for the answer: give up early and say so.
PATIENCE = 3.0

SETTINGS = web.AppKey("settings", Settings)
TABLE = web.AppKey("table", Table)
SERVICE = web.AppKey("service", Service)

log = logging.getLogger(__name__)


def create_app(settings: Settings) -> web.Application:
    """The application, not yet started; it connects to the table when it is."""
    app = web.Application(middlewares=[problems])
    app[SETTINGS] = settings
    app.cleanup_ctx.append(connected)
    app.add_routes([web.get("/health", health), web.get("/ready", ready)])
    app.add_routes([web.get(route, answer) for route in ROUTES])
    return app


@asynccontextmanager
async def connected(app: web.Application) -> AsyncIterator[None]:
    """Hold the connection from start to stop."""
    settings = app[SETTINGS]
    async with Table.open(settings, PATIENCE) as table:
        app[TABLE] = table
        app[SERVICE] = Service(table, datasets.load(settings.alert_threshold))
        yield


async def answer(request: web.Request) -> web.Response:
    """Any route of the service."""
    return _response(await request.app[SERVICE].answer(request.path, request.query.items()))


async def health(request: web.Request) -> web.Response:
    """The process alone: were the table in it, its outage would take every task down with it."""
    return web.json_response({"status": "ok"})


async def ready(request: web.Request) -> web.Response:
    """The process and its table."""
    try:
        async with asyncio.timeout(PATIENCE):
            await request.app[TABLE].ready()
    except Exception:
        log.exception("the table does not answer")
        return _response(problem(503, "not ready", "the table does not answer"))
    return web.json_response({"status": "ready"})


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every error as problem+json; what went wrong inside goes to the log and no further."""
    try:
        return await handler(request)
    except web.HTTPMethodNotAllowed as error:
        response = _response(not_allowed(error.allowed_methods))
        response.headers["Allow"] = ", ".join(sorted(error.allowed_methods))
        return response
    except web.HTTPNotFound:
        return _response(not_found())
    except Exception:
        log.exception("a request failed")
        return _response(unavailable())


def _response(answered: Answer) -> web.Response:
    return web.Response(
        status=answered.status,
        body=answered.body,
        headers={"Content-Type": f"{answered.content_type}; charset=utf-8"},
    )

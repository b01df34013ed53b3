"""Requests that are no HTTP, or too long to be read: refused as every other mistake is."""

import logging

from aiohttp import web, web_protocol, web_server
from aiohttp.http_exceptions import LineTooLong

from query import http
from query.answer import Answer, problem

log = logging.getLogger(__name__)


class Protocol(web_protocol.RequestHandler):
    """aiohttp's own, but for what it answers where no request could be made out."""

    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """A problem+json that repeats nothing of what came."""
        answer = _refusal(status, exc)
        if status < 500 and not request.writer.output_size:
            # Anybody can send anything: a line of the log, but no error of this program.
            fields = {"status": answer.status, "error": type(exc).__name__}
            log.info("no request", extra={"fields": fields})
        else:
            # It logs, and raises where part of an answer is on its way already.
            super().handle_error(request, status, exc, message)
        given = http.response(answer, http.Asked(), http.origins())
        response = web.Response(status=given.status, headers=given.headers, body=given.body)
        response.force_close()
        return response


def install() -> None:
    """Have every server of this process use it; aiohttp has no setting for this."""
    web_server.RequestHandler = Protocol  # type: ignore[attr-defined]


def _refusal(status: int, error: BaseException | None) -> Answer:
    if isinstance(error, LineTooLong):
        return problem(414, "too long", "the address or a header is longer than 8190 bytes")
    if status < 500:
        return problem(status, "bad request", "this is no request of HTTP/1.1")
    return problem(status, "failed", "the answer could not be worked out; try again in a moment")

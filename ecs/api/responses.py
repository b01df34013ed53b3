"""Requests of aiohttp into what the shared code asks, and its responses into aiohttp's."""

from aiohttp import web

from query.http import Asked, Response


def asked(request: web.Request) -> Asked:
    """The headers that matter."""
    headers = request.headers
    return Asked(
        if_none_match=headers.get("If-None-Match", ""),
        origin=headers.get("Origin", ""),
        accept_encoding=headers.get("Accept-Encoding", ""),
        compress=True,
    )


async def send(request: web.Request, response: Response) -> web.StreamResponse:
    """Send a response: at once where it is whole, else part by part."""
    if response.parts is None:
        return web.Response(
            status=response.status, headers=response.headers, body=response.body or None
        )
    streamed = web.StreamResponse(status=response.status, headers=response.headers)
    await streamed.prepare(request)
    if request.method != "HEAD":
        for part in response.parts():
            await streamed.write(part)
    await streamed.write_eof()
    return streamed

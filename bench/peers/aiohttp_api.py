"""The API with aiohttp, and boto3 in threads.  python -m bench.peers.aiohttp_api PORT"""

import asyncio
import sys

from aiohttp import web

from bench import peers
from bench.peers import figures

table = figures.table()


async def health(request: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


async def months(request: web.Request) -> web.Response:
    return web.json_response(await asyncio.to_thread(figures.months, table))


async def figure(request: web.Request) -> web.Response:
    try:
        month, year = int(request.query["month"]), int(request.query["year"])
    except (KeyError, ValueError):
        return web.json_response({"error": "month and year are needed"}, status=400)
    metric = request.match_info["metric"]
    answer = await asyncio.to_thread(figures.figure, table, metric, year, month)
    if answer is None:
        return web.json_response({"error": "no readings"}, status=404)
    return web.json_response(answer)


def main() -> None:
    app = web.Application()
    app.add_routes(
        [
            web.get("/health", health),
            web.get("/months", months),
            web.get(f"/{{metric:{'|'.join(peers.FIGURES)}}}", figure),
        ]
    )
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None)


if __name__ == "__main__":
    main()

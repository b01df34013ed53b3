"""The API beside a bare aiohttp handler and beside Flask with gunicorn and boto3."""

import json
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from bench import data, peers
from bench.load import Load, load
from bench.processes import BASE, FOLDER, server
from bench.results import Result, ratios
from cli.process import free_port

ROUNDS = 5
# Requests per second that the slowest of the compared servers can answer.
RATE = 400
# One figure, which a cache answers; and all of them in turn, which no cache answers.
HOT = ["/temp?month=12&year=2022"]
ALL = [
    f"/{metric}?month={month}&year={year}"
    for metric in peers.FIGURES
    for year in data.YEARS[1:]
    for month in range(1, 13)
]


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers."""

    port: int
    pid: int


class Stub:
    """A canned DynamoDB in a process of its own."""

    def __init__(self, port: int) -> None:
        self._address = f"http://127.0.0.1:{port}"
        self.env = {"AWS_ENDPOINT_URL": self._address}

    def set(self, **options: object) -> None:
        body = json.dumps(options).encode()
        request = urllib.request.Request(f"{self._address}/set", body, method="PUT")
        urllib.request.urlopen(request, timeout=10).close()

    def counts(self) -> dict[str, int]:
        with urllib.request.urlopen(f"{self._address}/counts", timeout=10) as response:
            counts: dict[str, int] = json.load(response)
            return counts


@contextmanager
def stub() -> Iterator[Stub]:
    """Run a canned DynamoDB that holds the weekly series."""
    port = free_port()
    with server("stub", [sys.executable, "-m", "bench.stub", str(port)], port, {}, "/counts"):
        yield Stub(port)


@contextmanager
def ours(table: Stub, cache_seconds: float | None = None) -> Iterator[Running]:
    """Run the project's API as the container does, with its default cache or one of that age."""
    port = free_port()
    env = {"HOST": "127.0.0.1", "PORT": str(port), **table.env}
    if cache_seconds is not None:
        env["CACHE_SECONDS"] = str(cache_seconds)
    with server("api", [sys.executable, "-m", "api"], port, env) as pid:
        yield Running(port, pid)


@contextmanager
def peer(name: str, table: Stub, command: list[str]) -> Iterator[Running]:
    """Run a peer; PORT in its command stands for the port."""
    port = free_port()
    command = [part.replace("PORT", str(port)) for part in command]
    with server(name, command, port, {**BASE, **table.env}) as pid:
        yield Running(port, pid)


def measure() -> list[Result]:
    """Compare CPU per request at equal load, and requests per second at full load."""
    with ExitStack() as stack:
        table = stack.enter_context(stub())
        cached = stack.enter_context(ours(table))
        uncached = stack.enter_context(ours(table, 0))
        body = FOLDER / "body.json"
        url = f"http://127.0.0.1:{cached.port}{HOT[0]}"
        with urllib.request.urlopen(url, timeout=10) as response:
            body.write_bytes(response.read())
        python = sys.executable
        bare = stack.enter_context(
            peer("bare", table, [python, "-m", "bench.peers.bare", "PORT", str(body)])
        )
        # One process, as one task has; threads, without which gunicorn keeps no connection.
        flask = stack.enter_context(
            peer(
                "flask", table,
                [python, "-m", "gunicorn", "--workers", "1", "--threads", "8", "--bind",
                 "127.0.0.1:PORT", "bench.peers.flask_api:app"],
            )
        )  # fmt: skip
        for running in (cached, uncached, bare, flask):
            load(running.port, running.pid, HOT, 200)
        full: dict[str, list[Load]] = {}
        equal: dict[str, list[Load]] = {}
        for _ in range(ROUNDS):
            for name, running, paths in (
                ("bare", bare, HOT), ("cached", cached, HOT), ("uncached", uncached, ALL),
            ):  # fmt: skip
                steady = load(running.port, running.pid, paths, 2 * RATE, rate=RATE)
                equal.setdefault(name, []).append(steady)
            for name, running, paths, count in (
                ("cached", cached, HOT, 6000), ("uncached", uncached, ALL, 2000),
                ("flask", flask, ALL, 600),
            ):  # fmt: skip
                taken = load(running.port, running.pid, paths, count)
                full.setdefault(name, []).append(taken)
    cpu = {name: [sample.cpu for sample in loads] for name, loads in equal.items()}
    rate = {name: [sample.per_second for sample in loads] for name, loads in full.items()}
    detail = {
        "cpu_microseconds": {n: [round(value * 1e6, 1) for value in v] for n, v in cpu.items()},
        "per_second": {n: [round(value) for value in v] for n, v in rate.items()},
    }
    return [
        Result(
            "API, cached figure: CPU per request / bare aiohttp",
            ratios(cpu["cached"], cpu["bare"]), 1.6, detail=detail, note=f"at {RATE} requests/s",
        ),
        Result(
            "API, uncached figure: CPU per request / bare aiohttp",
            ratios(cpu["uncached"], cpu["bare"]), 7.0,
        ),
        *(
            Result(
                f"API, {name} figure: requests/s / Flask+gunicorn+boto3",
                ratios(rate[name], rate["flask"]), target, at_least=True,
            )
            for name, target in (("cached", 20.0), ("uncached", 4.0))
        ),
    ]  # fmt: skip

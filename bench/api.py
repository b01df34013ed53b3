"""The API beside a bare aiohttp handler, boto3 in threads, and Flask with gunicorn."""

import json
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from bench import data
from bench.load import Load, load
from bench.processes import BASE, FOLDER, free_port, server
from bench.results import CannotStart, Result, ratios

ROUNDS = 5
# What all of them can answer.
RATE = 400
# One figure: what everybody looks at. All of them: each asked for again only after all others.
HOT = ["/temp?month=12&year=2022"]
ALL = [
    f"/{metric}?month={month}&year={year}"
    for metric in ("temp", "sd", "maxdiff")
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

    def set(self, **how: object) -> None:
        body = json.dumps(how).encode()
        request = urllib.request.Request(f"{self._address}/set", body, method="PUT")
        urllib.request.urlopen(request, timeout=10).close()

    def counts(self) -> dict[str, int]:
        with urllib.request.urlopen(f"{self._address}/counts", timeout=10) as answer:
            found: dict[str, int] = json.load(answer)
            return found


@contextmanager
def stub(file: str = "") -> Iterator[Stub]:
    """A canned DynamoDB, with the series or with the rows of a file of SQLite."""
    port = free_port()
    command = [sys.executable, "-m", "bench.stub", str(port), *([file] if file else [])]
    with server("stub", command, port, {}, "/counts"):
        yield Stub(port)


@contextmanager
def ours(at: Stub, cache_seconds: float | None = None) -> Iterator[Running]:
    """The project's own API as the container runs it; its cache as deployed, or of that age."""
    port = free_port()
    env = {"HOST": "127.0.0.1", "PORT": str(port), **at.env}
    if cache_seconds is not None:
        env["CACHE_SECONDS"] = str(cache_seconds)
    with server("api", [sys.executable, "-m", "api"], port, env) as pid:
        yield Running(port, pid)


@contextmanager
def peer(name: str, at: Stub, command: list[str]) -> Iterator[Running]:
    """A peer; PORT in its command stands for the port."""
    port = free_port()
    filled = [part.replace("PORT", str(port)) for part in command]
    with server(name, filled, port, {**BASE, **at.env}) as pid:
        yield Running(port, pid)


def measure() -> list[Result]:
    """Every row of the table that is about the API."""
    with ExitStack() as running:
        canned = running.enter_context(stub())
        cached = running.enter_context(ours(canned))
        uncached = running.enter_context(ours(canned, 0))
        body = FOLDER / "body.json"
        with urllib.request.urlopen(f"http://127.0.0.1:{cached.port}{HOT[0]}", timeout=10) as got:
            body.write_bytes(got.read())
        python = sys.executable
        bare = running.enter_context(
            peer("bare", canned, [python, "-m", "bench.peers.bare", "PORT", str(body)])
        )
        threads = running.enter_context(
            peer("aiohttp-boto3", canned, [python, "-m", "bench.peers.aiohttp_api", "PORT"])
        )
        # One process each, as one task has; threads, without which gunicorn keeps no connection.
        flask = running.enter_context(
            peer(
                "flask", canned,
                [python, "-m", "gunicorn", "--workers", "1", "--threads", "8", "--bind",
                 "127.0.0.1:PORT", "bench.peers.flask_api:app"],
            )
        )  # fmt: skip
        for one in (cached, uncached, bare, threads, flask):
            load(one.port, one.pid, HOT, 200)
        taken: dict[str, list[Load]] = {}
        same: dict[str, list[float]] = {}
        for _ in range(ROUNDS):
            for name, one, paths, count in (
                ("bare", bare, HOT, 6000),
                ("cached", cached, HOT, 6000),
                ("uncached", uncached, ALL, 2000),
                ("threads", threads, ALL, 600),
                ("flask", flask, ALL, 600),
            ):
                taken.setdefault(name, []).append(load(one.port, one.pid, paths, count))
                if name != "flask":
                    steady = load(one.port, one.pid, paths, 2 * RATE, rate=RATE)
                    same.setdefault(name, []).append(steady.cpu)
        return [*_cost(same), *_speed(taken), *_requests(canned, cached, uncached)]


def _cost(cpu: dict[str, list[float]]) -> Iterator[Result]:
    """CPU per request while all of them answer the same number of requests a second."""
    detail = {
        "requests_per_second": RATE,
        "cpu_microseconds": {n: [round(one * 1e6, 1) for one in v] for n, v in cpu.items()},
    }
    name = "API, {}: CPU per request / bare aiohttp"
    yield Result(name.format("cached month"), ratios(cpu["cached"], cpu["bare"]), 1.6,
                 detail=detail, note=f"all at {RATE} requests/s")  # fmt: skip
    yield Result(
        name.format("uncached month"), ratios(cpu["uncached"], cpu["bare"]), 7.0, stretch=4.0
    )
    yield Result(name.format("(peer) boto3 in threads"), ratios(cpu["threads"], cpu["bare"]), None)


def _speed(taken: dict[str, list[Load]]) -> Iterator[Result]:
    cpu = {name: [one.cpu for one in loads] for name, loads in taken.items()}
    rate = {name: [one.per_second for one in loads] for name, loads in taken.items()}
    p99 = {name: [one.percentile(99) for one in loads] for name, loads in taken.items()}
    detail = {
        "cpu_microseconds": {n: [round(one * 1e6, 1) for one in v] for n, v in cpu.items()},
        "per_second": {n: [round(one) for one in v] for n, v in rate.items()},
        "p99_milliseconds": {n: [round(one * 1e3, 2) for one in v] for n, v in p99.items()},
    }
    bare = "  the same, each at its own limit: {}"
    yield Result(
        bare.format("cached"),
        ratios(cpu["cached"], cpu["bare"]),
        None,
        detail=detail,
        note="at its limit a server takes several requests at a time from the kernel",
    )
    yield Result(bare.format("uncached"), ratios(cpu["uncached"], cpu["bare"]), 7.0, stretch=4.0)
    yield Result(bare.format("(peer) boto3 in threads"), ratios(cpu["threads"], cpu["bare"]), None)
    flask = "API / Flask+gunicorn+boto3: {}"
    for name, target in (("cached", 20.0), ("uncached", 4.0)):
        yield Result(
            flask.format(f"requests/s, {name}"),
            ratios(rate[name], rate["flask"]),
            target,
            at_least=True,
        )
        yield Result(flask.format(f"p99, {name}"), ratios(p99[name], p99["flask"]), 1.0)


def _near_new_year(path: str) -> bool:
    """Whether a figure is compared or judged with readings of another year."""
    return any(f"month={month}&" in path for month in (1, 12)) or path.startswith(
        "/maxdiff?month=2&"
    )


def _requests(canned: Stub, cached: Running, uncached: Running) -> Iterator[Result]:
    name = "requests to DynamoDB: "

    def asked(one: Running, paths: list[str], count: int, connections: int = 1) -> float:
        canned.set()
        load(one.port, one.pid, paths, count, connections)
        counts = canned.counts()
        if set(counts) - {"Query", "items"}:
            raise CannotStart(f"the API sent something else than a Query: {counts}")
        return counts.get("Query", 0) / count

    edge = [path for path in ALL if _near_new_year(path)]
    inner = [path for path in ALL if path not in edge]
    yield Result(name + "per uncached figure", [asked(uncached, inner, len(inner))], 1, "")
    yield Result(name + "per uncached figure near New Year",
                 [asked(uncached, edge, len(edge))], 2, "",
                 note="of January, of December, and February's maxdiff: both at once")  # fmt: skip
    load(cached.port, cached.pid, HOT, 1, 1)
    yield Result(name + "per cached figure", [asked(cached, HOT, 1000)], 0, "",
                 note="the first request of a run is its only one that is not cached")  # fmt: skip
    canned.set(latency=0.3)
    together = ["/sd?month=3&year=2020"]
    load(cached.port, cached.pid, together, 50, 50)
    yield Result(
        name + "of 50 equal requests at once", [canned.counts().get("Query", 0)], 1, "",
        note="while the first is under way; any other request than Query ends the benchmark",
    )  # fmt: skip
    canned.set()

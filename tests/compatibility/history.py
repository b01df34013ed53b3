# ruff: noqa: E501
"""A made-up history through the real ingest, notify and query code; all imports of it are here."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from aiodynamo.utils import dy2py

import notify.announce as announce_module
from adapters.bucket import Bucket, Store
from adapters.table import Table
from aquasense import datasets
from aquasense.decoding import Limits
from aquasense.encoding import encoded
from ingest.incorporate import Ingest
from notify.announce import Announcer
from query import http, openapi
from query.service import Service
from tests.fakes.dynamo import FakeDynamo
from tests.fakes.s3 import FakeS3
from tests.fakes.topic import FakeTopic

HERE = Path(__file__).parent
TABLE, ANSWERS = HERE / "table.json.gz", HERE / "answers.json.gz"
DATASETS = datasets.load(Decimal("0.5"), HERE / "datasets.toml")
HEADERS = ("Content-Type", "ETag", "Last-Modified", "Link", "Vary", "Cache-Control")


def csv_file(*lines: str, header: str = "Fecha,Medias,Desviaciones", end: str = "\n") -> bytes:
    return (end.join([header, *lines]) + end).encode()


def weekly(first: date, count: int, days: int = 7, **special: str) -> list[str]:
    """Lines of a seasonal series; `d20210305="30,0.1"` replaces the values of a date."""
    lines = []
    for number in range(count):
        day = first + timedelta(days=number * days)
        season = abs((day.timetuple().tm_yday - 30) % 365 - 182) / 182
        mean = 27.123456789012345 - 16 * season + (number % 5) * 0.137
        deviation = 0.11 + (number % 7) * 0.05123456789
        values = special.get(f"d{day:%Y%m%d}", f"{mean!r},{deviation!r}")
        lines.append(f"{day:%Y/%-m/%-d},{values}")
    return lines


HISTORY: tuple[tuple[str, str, bytes], ...] = (
    ("put", "2021.csv", csv_file(*weekly(date(2021, 1, 4), 51))),
    ("put", "2022 ñ+a.csv", csv_file(*weekly(
        date(2022, 1, 3), 50, d20220307="24.5,0.2", d20220801="41.25,0.3", d20220815="28,0.75",
        d20220822="28,0.7500", d20220905="27.1,3.25",
    ))),
    # A correction, the original again, and rows that overlap the year before.
    ("put", "fix.csv", csv_file("2022/8/15,28,0.4", "2022/8/22,28,0.81")),
    ("put", "2022 ñ+a.csv", csv_file("15/08/2022;28,5;0,60", "22/08/2022;28;0,75",
                                     header="Fecha;Medias;Desviaciones", end="\r\n")),
    ("put", "overlap.csv", csv_file(*weekly(date(2021, 12, 20), 6, days=3))),
    # Lines that are rejected, each for another reason, and two lines of one date.
    ("put", "bad.csv", csv_file(
        "2023/1/2,11.5,0.12", "2023/1/9,abc,0.1", "2023/1/9", "2023/13/1,10,0.1", "2023/2/30,10,0.1",
        "1850/1/1,10,0.1", "2023/1/16,12,-0.1", '2023/1/16,"12,0.1', "2023/1/16,,0.1",
        "2023/1/23,11.9,0.2", "2023/1/23,12.1,0.25", "x" * 12000,
    )),
    ("put", "not a csv.csv", b"PK\x03\x04zip"),
    ("put", "empty.csv", b""),
    ("put", "header.csv", csv_file("1,2,3", header="a,b,c")),
    ("put", "unknown.dataset/x.csv", csv_file("2023/1/2,11.5,0.12")),
    # Ten times the usual deviation; a date that had not come yet.
    ("put", "scale.csv", csv_file("2023/2/6,12.5,2.4", "2023/2/13,12.7,2.3", "2023/2/20,13,2.2")),
    ("put", "future.csv", csv_file("2031/5/5,21,0.9")),
    ("put", "marmenor.salinity/s.csv", csv_file(*weekly(date(2022, 3, 1), 12, days=10))),
    ("put", "marmenor.salinity/s2.csv", csv_file("2022/4/10,44.25,2.75", "2022/5/10,45,0.3")),
    ("delete", "scale.csv", b""),
    ("delete", "overlap.csv", b""),
    ("put", "after a gap.csv", csv_file("2024/1/1,12,0.55", "2024/1/8,12.4,0.1", "2024/2/28,14,.3")),
    ("delete", "fix.csv", b""),
    ("put", "2022 ñ+a.csv", csv_file("2022/08/15,28.0,0.10", "2022/12/26,13.5,0.5")),
)  # fmt: skip


class Clock(datetime):
    """The ledger's clock: one second for each look at it."""

    looks = 0

    @classmethod
    def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
        cls.looks += 1
        return datetime(2026, 11, 24, tzinfo=UTC) + timedelta(seconds=cls.looks)


@contextmanager
def fixed_clock() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(announce_module, "datetime", Clock)
        Clock.looks = 0
        yield


def run_history() -> tuple[FakeDynamo, dict[str, str], list[dict[str, Any]]]:
    """The table, the receipts by key, and the mails."""
    s3, dynamo, topic = FakeS3(), FakeDynamo(), FakeTopic()

    async def run() -> None:
        table = Table(dynamo.client(), dynamo.table, 5.0)
        bucket = Bucket(s3, "raw")
        ingest = Ingest(bucket, table, Store(s3, "receipts"), DATASETS, Limits())
        announcer = Announcer(table, topic, DATASETS, "https://api.example.org", 30)
        announced = 0
        for action, key, content in HISTORY:
            s3.pass_time(3600)
            if action == "put":
                s3.upload(key, content)
                await ingest.incorporate(bucket.stored(key).upload)
            else:
                s3.delete(key)
                await ingest.settle(key)
            while announced < len(dynamo.inserted):
                item = dy2py(dynamo.inserted[announced], int)
                announced += 1
                if item.get("kind") in ("upload", "withdrawal"):
                    await announcer.announce(item)

    with fixed_clock():
        asyncio.run(run())
    receipts = {key: body.decode() for (_, key), body in sorted(s3.objects.items())}
    return dynamo, receipts, [asdict(mail) for mail in topic.messages]


def requests(dynamo: FakeDynamo) -> list[tuple[str, str, str]]:
    """(path, query, accept) of every request that is compared."""
    ids = sorted(sk for pk, sk in dynamo.items if pk.startswith("uploads#") and "#" not in sk)
    middle, salinity = ids[4], "marmenor.salinity"
    moment = f"{middle[:4]}-{middle[4:6]}-{middle[6:8]}T10:30:00Z"
    months = ("2021-01", "2021-12", "2022-01", "2022-02", "2022-08", "2022-09", "2022-12",
              "2023-01", "2023-02", "2023-03", "2024-01", "2024-02", "2031-05")  # fmt: skip
    questions = [
        (f"/{figure}", f"month={int(month[5:])}&year={month[:4]}{more}")
        for figure in ("temp", "sd", "maxdiff")
        for month in months
        for more in ("", "&explain=1")
    ]
    questions += [
        ("/temp", f"month=8&year=2022&as_of={moment}"), ("/maxdiff", f"month=8&year=2022&as_of={moment}&explain=1"),
        ("/temp", "month=8&year=2022&as_of=2020-01-01"), ("/temp", "month=13&year=2022"), ("/temp", "month=8"),
        ("/sd", f"month=4&year=2022&dataset={salinity}"), ("/sd", "month=4&year=2022&dataset=nope"),
        ("/temp", "month=1&year=2022&monht=3"), ("/temp", "mes=1&year=2022"),
        ("/months", ""), ("/months", f"as_of={moment}"), ("/months", f"dataset={salinity}"),
        ("/series", ""), ("/series", "from=2022-07&to=2022-10"), ("/series", f"as_of={moment}"),
        ("/series", f"dataset={salinity}"), ("/series", "from=2023-01&to=2022-01"),
        ("/readings", ""), ("/readings", "from=2022-08&to=2022-09-05"), ("/readings", f"as_of={moment}"),
        ("/readings", f"dataset={salinity}"), ("/readings", "from=2022-13"),
        ("/uploads", ""), ("/uploads", "limit=5"), ("/uploads", f"limit=5&before={middle}"),
        ("/uploads", f"dataset={salinity}"), ("/uploads/nope", ""),
        ("/alerts", ""), ("/alerts", "from=2022-08&to=2022-08-20"), ("/alerts", f"dataset={salinity}"),
        ("/alerts/simulate", "threshold=0.3"), ("/alerts/simulate", ""), ("/alerts/simulate", "threshold=x"),
        ("/changes", f"since={moment}"), ("/changes", f"since=2020-01-01&until={moment}"), ("/changes", ""),
        ("/datasets", ""), ("/nowhere", ""), ("/temp/", ""),
        *((f"/uploads/{upload}", "") for upload in ids),
    ]  # fmt: skip
    return [
        (path, query, accept)
        for path, query in questions
        for accept in ("application/json", "text/csv")
    ]


async def answer(dynamo: FakeDynamo, path: str, query: str, accept: str) -> dict[str, Any]:
    """Status, headers and body of one request, as both doors send them."""
    table = Table(dynamo.client(), dynamo.table, 5.0)
    pairs = [tuple(pair.split("=", 1)) for pair in query.split("&") if pair]
    answered = await Service(table, DATASETS).answer(path, pairs, accept)
    response = http.response(answered, http.Asked(), ("*",))
    body = response.body if response.parts is None else b"".join(response.parts())
    headers = {name: response.headers[name] for name in HEADERS if name in response.headers}
    return {"status": response.status, "headers": headers, "body": body.decode()}


def openapi_document() -> Any:
    """The document without its descriptions and summaries."""
    return _without_prose(json.loads(encoded(openapi.document(DATASETS))))


def _without_prose(node: Any) -> Any:
    if isinstance(node, dict):
        return {
            name: _without_prose(value)
            for name, value in node.items()
            if not (name in ("description", "summary") and isinstance(value, str))
        }
    return [_without_prose(value) for value in node] if isinstance(node, list) else node

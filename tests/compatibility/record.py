"""Record the table and the responses of the current code: python -m tests.compatibility.record."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.compatibility import history

TABLE = Path(__file__).with_name("table.json.gz")
ANSWERS = Path(__file__).with_name("answers.json.gz")

MONTHS = ("month=2&year=2022", "month=1&year=2022", "month=12&year=2021", "month=7&year=2022",
          "month=3&year=2024")  # fmt: skip
QUERIES = {
    "/temp": (*MONTHS, "month=11&year=2022&dataset=marmenor.salinity&explain=1",
              "month=2&year=2022&as_of=2022-02-15T12:00:00Z", "month=1&year=2023&as_of=2023-02-07",
              "month=13&year=2022", "month=12", "mes=12&year=2022", "month=12&month=12&year=2022",
              "month=2&year=2024", "month=1&year=1950", "month=1&year=2022&dataset=nowhere",
              "month=1&year=2022&format=xml", "month=2&year=2022&as_of=yesterday",
              "month=1&year=2022&as_of=2000-01-01", "month=1&year=2022&explain=yes"),
    "/sd": (*MONTHS, "month=1&year=2023&dataset=marmenor.salinity"),
    "/maxdiff": (*MONTHS, "month=12&year=2022&dataset=marmenor.salinity", "month=1&year=2024",
                 "month=1&year=2023&explain=1&as_of=2023-01-20T00:00:00%2B01:00"),
    "/months": ("", "as_of=2022-01-15", "dataset=marmenor.salinity", "from=2022-01"),
    "/series": ("", "from=2021-11&to=2022-08", "from=2022-10&dataset=marmenor.salinity",
                "as_of=2022-03-07T12:00:00Z&from=2022-01", "from=2023-01&to=2022-01",
                "from=2022-13"),
    "/normals": ("", "from=2021-11&to=2022-08", "dataset=marmenor.salinity",
                 "as_of=2022-03-07T12:00:00Z", "from=2030-01"),
    "/trend": ("metric=temp", "metric=maxdiff&dataset=marmenor.salinity", "metric=sd&from=2022-01",
               "metric=temp&as_of=2022-03-07T12:00:00Z", "", "metric=mean"),
    "/readings": ("", "from=2021-12&to=2022-01-15", "dataset=marmenor.salinity",
                  "as_of=2022-02-15T12:00:00Z&from=2022-01", "from=2022-02-30", "from=2030-01",
                  "fields=date,mean,deviation,flags", "fields=tests&from=2022-12",
                  "fields=date,maen"),
    "/uploads": ("", "limit=7", "dataset=marmenor.salinity", "limit=0", "before=latest",
                 "dataset=marmenor.salinity&limit=2", "receipts=1", "receipts=1&limit=2",
                 "receipts=yes", "state=partial", "state=any"),
    "/alerts": ("", "from=2022-01&to=2022-12", "dataset=marmenor.salinity", "to=1850"),
    "/alerts/simulate": ("threshold=0.4", "threshold=2.25&dataset=marmenor.salinity",
                         "threshold=0.5&as_of=2022-03-07T12:00:00Z", "", "threshold=high"),
    "/changes": ("since=2022-02-14T12:00:00Z", "since=2023-02-06&until=2023-02-10",
                 "since=2022-12-01&dataset=marmenor.salinity", "",
                 "since=2024-01-01&until=2020-01-01", "since=soon"),
    "/datasets": ("", "dataset=marmenor.salinity"),
}  # fmt: skip
OTHERS = (
    ("GET", "/nowhere", ""),
    ("GET", "/temp/", "month=1&year=2022"),
    ("GET", "/uploads/none", ""),
    ("GET", "/uploads/20220101T000000.000Z-0000-000000000000", ""),
    ("HEAD", "/temp", "month=2&year=2022"),
    ("OPTIONS", "/temp", ""),
    ("POST", "/temp", "month=2&year=2022"),
    ("GET", "/erddap/info/index.csv", ""),
    ("GET", "/erddap/info/marmenor_salinity/index.json", ""),
    ("GET", "/erddap/tabledap/marmenor_temperature.csv", "&time>=2022-02-01&time<2022-03"),
    ("GET", "/erddap/tabledap/marmenor_temperature.das", ""),
    ("GET", "/erddap/tabledap/marmenor_salinity.ncCF", "mean"),
    ("GET", "/erddap/tabledap/marmenor_salinity_monthly.nc", ""),
    ("GET", "/erddap/tabledap/marmenor_salinity.csv", "&time>2100"),
    ("GET", "/datasets/marmenor.temperature/citation", "as_of=2022-03-07T12:00:00Z"),
    ("GET", "/datasets/marmenor.temperature/citation", ""),
    ("GET", "/datasets/marmenor.temperature/croissant", "as_of=2022-03-07T12:00:00Z"),
    ("GET", "/datasets/marmenor.salinity/datapackage.json", ""),
    ("GET", "/datasets/nowhere/citation", ""),
    ("GET", "/readings", "from=1640995200000&to=2022-01-31T23:59:59.999Z&fields=date,mean"),
    ("GET", "/series", "from=1640995200000&to=2022-02-01T00:30:00%2B01:00"),
)


def requests(uploads: list[str]) -> Iterator[tuple[str, str, str, dict[str, str]]]:
    """Yield every request as method, path, query and headers."""
    for path, queries in QUERIES.items():
        for query in queries:
            yield "GET", path, query, {}
            yield "GET", path, f"{query}&format=csv".strip("&"), {}
        yield "GET", path, queries[0], {"accept": "text/csv, application/json;q=0.5"}
    for query in MONTHS:
        for metric in ("temp", "sd", "maxdiff"):
            yield "GET", f"/{metric}", f"{query}&explain=1", {}
            yield "GET", f"/{metric}", f"{query}&explain=1&format=csv", {}
    for upload in uploads:
        yield "GET", f"/uploads/{upload}", "", {}
        yield "GET", f"/uploads/{upload}", "format=csv", {}
    for request in OTHERS:
        yield *request, {"origin": "http://page.example"}


def answers(world: history.World) -> Iterator[dict[str, Any]]:
    """Yield each request with its response, then those that follow from a response's headers."""
    uploads = [item["sk"]["S"] for item in world.items() if item.get("kind") == {"S": "upload"}]
    with history.service(world) as send:

        def entry(*request: Any) -> dict[str, Any]:
            return {"request": request, "reply": send(*request)}

        for request in requests(uploads):
            yield entry(*request)
        page = send("GET", "/uploads", "limit=7", {})
        while link := page["headers"].get("Link"):
            path, _, query = link[1:].partition(">")[0].partition("?")
            following = entry("GET", path, query, {})
            yield following
            page = following["reply"]
        for path in ("/series", "/datasets"):
            tag = send("GET", path, "", {})["headers"]["ETag"]
            yield entry("GET", path, "", {"if-none-match": f'"other", W/{tag}'})


def main() -> None:
    """Write both files."""
    world = history.run()
    _write(TABLE, world.items())
    golden = {
        "openapi": history.openapi(),
        "receipts": world.receipts(),
        "mails": world.mails,
        "answers": list(answers(world)),
    }
    _write(ANSWERS, golden)


def _write(path: Path, content: Any) -> None:
    text = json.dumps(content, ensure_ascii=False, indent=0, sort_keys=path == TABLE)
    path.write_bytes(gzip.compress(text.encode(), mtime=0))


if __name__ == "__main__":
    main()

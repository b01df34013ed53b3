"""The routes of citations and catalogues, at the container and at the function."""

import asyncio
import hashlib
import json
from datetime import UTC, datetime
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest

from adapters.table import Table
from query import gateway
from query.headers import allowed_origins
from query.resources import citation
from query.service import Service
from tests import serving, support

# The uploads of tests.serving are on 23 November 2026, a minute apart.
BEFORE_CORRECTION = "2026-11-23T06:00:50.000Z"
AFTER_CORRECTION = "2026-11-23T07:00:00.000Z"
BASE = "https://water.example"
HEADERS = {"Host": "water.example", "X-Forwarded-Proto": "https"}
NAME = "marmenor.temperature"
SAMPLE = ("temperatura_1.csv", support.SAMPLE.read_bytes())
CORRECTION = ("b.csv", support.csv("2022/12/1,16,0.7"))
ROUTES = ("citation", "croissant", "datapackage.json")


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """Set the clock of the route two days after the uploads."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime(2026, 11, 25, tzinfo=UTC)

    monkeypatch.setattr(citation, "datetime", Clock)


@pytest.fixture
def upload(cloud):
    """Return a function that ingests files."""
    return lambda *files: serving.load(cloud.endpoint, cloud.name, files)


@pytest.fixture
def get(cloud):
    """Return a function that gets a URL from both servers, and checks that they agree."""

    def ask(url, **headers):
        parts = urlsplit(url)
        status, sent, body = cloud.request(f"{parts.path}?{parts.query}", headers=HEADERS | headers)
        event = {
            "rawPath": parts.path,
            "rawQueryString": parts.query,
            "headers": {name.lower(): value for name, value in (HEADERS | headers).items()},
            "requestContext": {"http": {"method": "GET"}},
        }

        async def ask_function():
            async with Table.open(cloud.config, 3.0) as table:
                request, origins = gateway.parse_event(event), allowed_origins()
                response = await Service(table, support.DATASETS).respond(request, origins)
                return gateway.build_result(request, response, origins)

        result = asyncio.run(ask_function())
        assert (result["statusCode"], result["body"].encode()) == (status, body)
        assert result["headers"]["Content-Type"] == sent["Content-Type"]
        return status, sent["Content-Type"].partition(";")[0], body

    return ask


def test_the_digest_is_that_of_the_bytes_at_the_url_and_holds(upload, get):
    upload(SAMPLE)
    address = f"/datasets/{NAME}/citation?as_of={BEFORE_CORRECTION}"
    status, media_type, body = get(address)
    cited = json.loads(body)
    assert (status, media_type) == (200, "application/json")
    assert (cited["frozen"], cited["reason"], cited["readings"]) == (True, None, 20)
    assert cited["url"].startswith(f"{BASE}/readings?dataset={NAME}&fields=date,mean,deviation&")
    _, _, frozen = get(cited["url"])
    assert hashlib.sha256(frozen).hexdigest() == cited["sha256"]
    assert len(frozen) == cited["bytes"]
    assert frozen.startswith(b"date,mean_degree_Celsius,deviation_degree_Celsius\r\n2022-11-17,")
    assert cited["sha256"] in cited["text"]
    assert cited["sha256"] in cited["bibtex"]

    upload(SAMPLE, CORRECTION)
    assert get(address)[2] == body
    assert get(cited["url"])[2] == frozen
    later = json.loads(get(address.replace(BEFORE_CORRECTION, AFTER_CORRECTION))[2])
    assert later["sha256"] != cited["sha256"]


def test_the_current_state_has_no_digest_and_names_the_frozen_one(upload, get):
    upload(SAMPLE, CORRECTION)
    current = json.loads(get(f"/datasets/{NAME}/citation")[2])
    assert (current["frozen"], current["as_of"], current["sha256"]) == (False, None, None)
    assert "needs as_of" in current["reason"]
    assert "as_of" not in current["url"]
    assert len(current["moves"]) == 2
    frozen = json.loads(get(current["frozen_citation"])[2])
    assert frozen["frozen"] is True
    assert get(frozen["url"])[2] == get(current["url"])[2]


def test_a_future_state_is_not_frozen(upload, get):
    upload(SAMPLE)
    cited = json.loads(get(f"/datasets/{NAME}/citation?as_of=2999-01-01")[2])
    assert (cited["frozen"], cited["sha256"], cited["as_of"]) == (False, None, None)
    assert "future" in cited["reason"]
    cited = json.loads(get(f"/datasets/{NAME}/citation?as_of=2100-01-01")[2])
    assert (cited["frozen"], cited["sha256"]) == (False, None)
    assert cited["as_of"] == "2100-01-01T00:00:00.000Z"


@pytest.mark.parametrize("route", ROUTES)
def test_an_unknown_dataset_and_an_empty_state_are_404(upload, get, route):
    status, media_type, body = get(f"/datasets/nothing/{route}")
    assert (status, media_type) == (404, "application/problem+json")
    assert NAME in json.loads(body)["detail"]
    upload(SAMPLE)
    status, _, body = get(f"/datasets/{NAME}/{route}?as_of=2020-01-01")
    assert status == 404
    assert "no readings" in json.loads(body)["detail"]
    assert get(f"/datasets/{NAME}/{route}?as_of=yesterday")[0] == 400


@pytest.mark.parametrize(
    ("route", "media_type"),
    [("croissant", "application/ld+json"), ("datapackage.json", "application/json")],
)
def test_descriptions_have_the_digest_of_their_file(upload, get, route, media_type):
    upload(SAMPLE, CORRECTION)
    _, sent, body = get(f"/datasets/{NAME}/{route}")
    assert sent == media_type
    described = json.loads(body)
    if route == "croissant":
        [file] = described["distribution"]
        url, digest = file["contentUrl"], file["sha256"]
    else:
        [file] = described["resources"]
        url, digest = file["path"], file["hash"].removeprefix("sha256:")
    assert hashlib.sha256(get(url)[2]).hexdigest() == digest


def test_another_host_never_gets_an_answer_of_the_cache(cloud, upload):
    upload(SAMPLE)
    path = f"/datasets/{NAME}/citation"
    for host in ("one.example", "two.example"):
        body = cloud.request(path, headers={"Host": host})[2]
        assert json.loads(body)["url"].startswith(f"http://{host}/")


def test_root_is_chosen_by_the_accept_header(get):
    assert get("/")[1] == "text/html"
    assert get("/", Accept="*/*")[1] == "text/html"
    _, media_type, body = get("/", Accept="application/ld+json, text/html;q=0.5")
    catalogue = json.loads(body)
    assert (media_type, catalogue["@type"]) == ("application/ld+json", "DataCatalog")
    assert [dataset["identifier"] for dataset in catalogue["dataset"]] == [NAME]
    _, media_type, body = get("/", Accept="application/json")
    links = {link["rel"]: link["href"] for link in json.loads(body)["links"]}
    assert media_type == "application/json"
    assert links["service-desc"] == f"{BASE}/openapi.json"
    for rel in ("service-desc", "service-doc", "data"):
        assert get(links[rel])[0] == 200


def test_robots_and_sitemap_name_the_pages(get):
    _, media_type, body = get("/robots.txt")
    lines = body.decode().splitlines()
    assert media_type == "text/plain"
    assert lines[-1] == f"Sitemap: {BASE}/sitemap.xml"
    assert "Disallow: /uploads" in lines
    assert not {"Disallow: /", "Disallow: /datasets"} & set(lines)
    _, media_type, body = get("/sitemap.xml")
    urls = [loc.text for loc in ElementTree.fromstring(body).iterfind("{*}url/{*}loc")]
    assert media_type == "application/xml"
    assert urls == [f"{BASE}/?dataset={NAME}", f"{BASE}/docs"]
    for url in urls:
        assert get(url)[1] == "text/html"


def test_the_head_of_the_page_describes_its_dataset(get):
    html = get("/")[2].decode()
    block = html.partition('<script type="application/ld+json">')[2].partition("</script>")[0]
    described = json.loads(block)
    assert described["@context"] == "https://schema.org/"
    assert described["url"] == f"{BASE}/?dataset={NAME}"
    assert f'<link rel="canonical" href="{described["url"]}">' in html
    assert 50 <= len(described["description"]) <= 5000
    assert 'name="description"' in html

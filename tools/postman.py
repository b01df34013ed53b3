"""Derive the Postman collection from the OpenAPI document."""

import json
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode, urlsplit

from aquasense import datasets
from cli.console import out
from cli.environment import ROOT
from query.openapi import document

COLLECTION = ROOT / "docs" / "aquasense.postman_collection.json"
SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
# Parameters whose examples can give an empty answer.
LEFT_OUT = {"before", "until"}
CHECKS = [
    'pm.test("answers 200", () => pm.response.to.have.status(200));',
    'pm.test("in the format asked for", () => pm.expect(pm.response.headers.get("Content-Type"))'
    '.to.include(pm.request.url.query.get("format") === "csv" ? "text/csv" : "json"));',
]


def collection(address: str) -> dict[str, Any]:
    """Return a collection with a request for every path, as JSON and as CSV.

    Args:
        address: of the API, or a variable of the collection.
    """
    configured = datasets.load_datasets(Decimal("0.5"))
    api = document.build_document(configured)
    requests = []
    for path, operations in api["paths"].items():
        operation = operations["get"]
        path = path.replace("{name}", configured.default.name)
        media_types = operation["responses"]["200"]["content"]
        # An upload's id is known only from the list of uploads; all answers here are JSON or CSV.
        if "{" in path or not any(name.endswith("json") for name in media_types):
            continue
        values = {
            parameter["name"]: str(parameter["example"])
            for parameter in operation.get("parameters", ())
            if parameter["in"] == "query" and parameter["name"] not in LEFT_OUT
        }
        formats = ("json", "csv") if "format" in values else (None,)
        for chosen in formats:
            query = values | ({"format": chosen} if chosen else {})
            name = f"{operation['summary']} ({chosen})" if chosen else operation["summary"]
            requests.append(_request(name, address, path, query))
    info = api["info"]
    return {
        "info": {"name": info["title"], "description": info["description"], "schema": SCHEMA},
        "variable": [{"key": "api", "value": "http://localhost:5000"}],
        "event": [{"listen": "test", "script": {"type": "text/javascript", "exec": CHECKS}}],
        "item": requests,
    }


def _request(name: str, address: str, path: str, values: dict[str, str]) -> dict[str, Any]:
    query = urlencode(values)
    raw = f"{address}{path}" + (f"?{query}" if query else "")
    return {
        "name": name,
        "request": {
            "method": "GET",
            "header": [],
            "url": {
                "raw": raw,
                "host": [address],
                "path": urlsplit(path).path.strip("/").split("/"),
                "query": [{"key": key, "value": value} for key, value in values.items()],
            },
        },
    }


def main() -> None:
    """Write the collection."""
    text = json.dumps(collection("{{api}}"), indent=2, ensure_ascii=False)
    COLLECTION.write_text(text + "\n")
    out.print(str(COLLECTION.relative_to(ROOT)))


if __name__ == "__main__":
    main()

"""Generate the OpenAPI 3.1 document from the routes, figures and schemas."""

import re
from typing import Any

from aquasense import __version__
from aquasense.datasets import Datasets
from aquasense.figures.registry import FIGURES
from query.http import CSV, JSON, PROBLEM
from query.openapi.erddap import describe_endpoints
from query.openapi.schemas import load_schemas
from query.parameters import Parameter
from query.route import Route
from query.routes import ROUTES

PATH = "/openapi.json"
_DESCRIPTION = """\
Monthly figures, readings and alerts of water temperature surveys.

Responses are JSON, or CSV with `format=csv` or `Accept: text/csv`. Numbers keep every digit of \
the uploaded file. In CSV an empty cell is null, and column names include the unit. A text that a \
spreadsheet would read as a formula has an apostrophe before it, also after a semicolon or a tab \
inside a cell. A wrong request gets a 400 in `application/problem+json` that names the parameter \
and its allowed values; for a figure of a month it also has the first and the last month with \
readings. Every 200 has a strong ETag: a request with `If-None-Match` gets a 304 without a body if \
the response has not changed.

The figures:
"""
_UPLOAD_ID = {
    "name": "id",
    "in": "path",
    "required": True,
    "description": "Upload id, from /uploads.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 100, "pattern": "^[0-9A-Za-z.-]+$"},
    "example": "20261123T061648.650Z-0000-1a2b3c4d5e6f",
}
_NAME = {"name": "name", "in": "path", "required": True, "description": "Name of the dataset."}
_ERRORS = {
    "400": "A parameter is missing, invalid or unknown; `parameter` is its name. From the Lambda "
    "function also: the response is longer than 6 MB, about 19,000 readings as JSON.",
    "404": "The resource does not exist, or the month has no readings.",
    "503": "The table is not available; retry in a moment.",
}


def build_document(datasets: Datasets) -> dict[str, Any]:
    """Return the document for a deployment with these datasets."""
    figures = "\n".join(f"- `{figure.name}`: {figure.definition}" for figure in FIGURES.values())
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "AquaSenseCloud",
            "version": __version__,
            "summary": "Water temperature of the Mar Menor, month by month.",
            "description": f"{_DESCRIPTION}\n{figures}\n",
            "license": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [
            {"name": "figures"},
            {"name": "data"},
            {"name": "uploads"},
            {"name": "erddap"},
            {"name": "service"},
        ],
        "paths": {
            **{
                route.path: {"get": _operation(route, datasets)}
                for route in ROUTES.values()
                if not route.own_query
            },
            **describe_endpoints(datasets),
            PATH: {"get": _service("document", "This document", {"type": "object"})},
            "/health": {"get": _service("health", "Health of the process", _STATUS)},
            "/ready": {"get": _service("ready", "Health of the process and its table", _STATUS)},
        },
        "components": {"schemas": load_schemas()},
    }


def _operation(route: Route, datasets: Datasets) -> dict[str, Any]:
    name = route.path.strip("/").replace("/{id}", "ById").replace("{name}/", "")
    name = re.sub(r"[/.]", "_", name)
    parameters = [_parameter(parameter, datasets) for parameter in route.parameters]
    if route.has_upload_id:
        parameters.insert(0, _UPLOAD_ID)
    if has_dataset := "{name}" in route.path:
        schema = {"type": "string", "enum": sorted(datasets.by_name)}
        parameters.insert(0, {**_NAME, "schema": schema, "example": datasets.default.name})
    # A month without readings is a 404; a list without readings is empty.
    may_lack = route.has_month or route.has_upload_id or has_dataset
    errors = _ERRORS if may_lack else ("400", "503")
    content = {
        route.media_type or JSON: {"schema": {"$ref": f"#/components/schemas/{route.schema}"}}
    }
    if not route.media_type:
        content[CSV] = {"schema": {"type": "string"}}
    return {
        "operationId": name,
        "tags": [route.tag],
        "summary": route.summary,
        "description": route.description,
        "parameters": parameters,
        "responses": {
            "200": {
                "description": route.summary,
                "headers": _headers(route),
                "content": content,
            },
            "304": {"description": "The response has the ETag of `If-None-Match`."},
            **{status: _problem(_ERRORS[status]) for status in sorted(errors)},
        },
    }


def _parameter(parameter: Parameter, datasets: Datasets) -> dict[str, Any]:
    schema = parameter.schema
    if parameter.name == "dataset":
        schema = {"type": "string", "enum": sorted(datasets.by_name)}
    return {
        "name": parameter.name,
        "in": "query",
        "required": parameter.required,
        "description": parameter.description,
        "schema": schema,
        "example": parameter.example,
    }


def _headers(route: Route) -> dict[str, Any]:
    text = {"schema": {"type": "string"}}
    headers = {
        "ETag": {"description": "Strong validator, derived from the content only.", **text},
        "Last-Modified": {
            "description": "Time of the newest upload or deletion it depends on.",
            **text,
        },
        "Cache-Control": {"description": "no-cache: store it, but revalidate before use.", **text},
    }
    if "limit" in route.names:
        headers["Link"] = {"description": 'rel="next": URL of the next page, if any.', **text}
    return headers


def _problem(description: str) -> dict[str, Any]:
    reference = {"$ref": "#/components/schemas/Problem"}
    return {"description": description, "content": {PROBLEM: {"schema": reference}}}


_STATUS = {"type": "object", "required": ["status"], "properties": {"status": {"type": "string"}}}


def _service(name: str, summary: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "operationId": name,
        "tags": ["service"],
        "summary": summary,
        "responses": {
            "200": {"description": summary, "content": {JSON: {"schema": schema}}},
            "503": _problem(_ERRORS["503"]),
        },
    }

"""The OpenAPI 3.1 document, derived from the routes, figures and schemas."""

from typing import Any

from aquasense.datasets import Datasets
from aquasense.figures.registry import FIGURES
from query.http import CSV, JSON, PROBLEM
from query.openapi.schemas import load_schemas
from query.parameters import Parameter
from query.routes import ROUTES, Route

PATH = "/openapi.json"
VERSION = "1.0.0"
_DESCRIPTION = """\
Monthly figures, readings and alerts of water temperature surveys.

Every answer is JSON, or CSV with `format=csv` (or `Accept: text/csv`). Numbers have every digit \
of the file they came from. In CSV an empty cell is null, units are in the column names, and a \
text that a spreadsheet would take for a formula stands behind an apostrophe, also after a \
semicolon or tab within a cell. A mistake in a request is a 400 in `application/problem+json` that \
names the parameter and what it may be; where a month was asked for, it says which there are. \
Answers carry a strong ETag: sent back as `If-None-Match`, an answer that \
has not changed is a 304 without a body.

The figures:
"""
_UPLOAD_ID = {
    "name": "id",
    "in": "path",
    "required": True,
    "description": "Id of the upload, as /uploads lists it.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 100, "pattern": "^[0-9A-Za-z.-]+$"},
    "example": "20261123T061648.650Z-0000-1a2b3c4d5e6f",
}
_ERRORS = {
    "400": "A parameter is missing, impossible or unknown; `parameter` names it. Without the "
    "containers also an answer of more than 6 MB, which is some 19,000 readings as JSON.",
    "404": "There is nothing under this path, or the month has no readings.",
    "503": "The table does not answer; try again in a moment.",
}


def build_document(datasets: Datasets) -> dict[str, Any]:
    """Return the document of a deployment with these datasets."""
    figures = "\n".join(f"- `{figure.name}`: {figure.definition}" for figure in FIGURES.values())
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "AquaSenseCloud",
            "version": VERSION,
            "summary": "Water temperature of the Mar Menor, month by month.",
            "description": f"{_DESCRIPTION}\n{figures}\n",
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": "figures"}, {"name": "data"}, {"name": "uploads"}, {"name": "service"}],
        "paths": {
            **{route.path: {"get": _operation(route, datasets)} for route in ROUTES.values()},
            PATH: {"get": _service("document", "This document", {"type": "object"})},
            "/health": {"get": _service("health", "Whether the process answers", _STATUS)},
            "/ready": {"get": _service("ready", "Whether its table answers too", _STATUS)},
        },
        "components": {"schemas": load_schemas()},
    }


def _operation(route: Route, datasets: Datasets) -> dict[str, Any]:
    name = route.path.strip("/").replace("/{id}", "ById").replace("/", "_")
    parameters = [_parameter(parameter, datasets) for parameter in route.parameters]
    if route.of_an_upload:
        parameters.insert(0, _UPLOAD_ID)
    # A month without readings is a 404; a list without any is empty.
    errors = _ERRORS if route.of_a_month or route.of_an_upload else ("400", "503")
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
                "content": {
                    JSON: {"schema": {"$ref": f"#/components/schemas/{route.schema}"}},
                    CSV: {"schema": {"type": "string"}},
                },
            },
            "304": {"description": "What `If-None-Match` names still holds."},
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
        "ETag": {"description": "Strong validator, from the content alone.", **text},
        "Last-Modified": {"description": "When the newest upload it rests on came.", **text},
        "Cache-Control": {"description": "no-cache: keep it, but ask before using it.", **text},
    }
    if "limit" in route.names:
        headers["Link"] = {"description": 'rel="next": where the rest is, if any.', **text}
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

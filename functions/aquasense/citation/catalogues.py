"""Describe a dataset for catalogues: schema.org, Croissant and Frictionless Data Package."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from aquasense.citation.state import State, cite_as_text, describe_licence
from aquasense.datasets import NOT_STATED, Dataset
from aquasense.metadata.description import table_ids
from aquasense.metadata.variables import reading_variables

SCHEMA_ORG = "https://schema.org/"
CROISSANT = "http://mlcommons.org/croissant/1.0"
DATA_PACKAGE = "https://datapackage.org/profiles/2.0/datapackage.json"
# The context that the specification of Croissant 1.0 prescribes, also for terms not used here.
_TERMS = (
    "citeAs", "column", "equivalentProperty", "extract", "field", "fileProperty", "fileObject",
    "fileSet", "format", "includes", "isLiveDataset", "jsonPath", "key", "md5", "parentField",
    "path", "recordSet", "references", "regex", "repeated", "replace", "samplingRate", "separator",
    "source", "subField", "transform",
)  # fmt: skip
_CONTEXT = {
    "@language": "en",
    "@vocab": SCHEMA_ORG,
    "sc": SCHEMA_ORG,
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{term: f"cr:{term}" for term in _TERMS},
}
# The types of the columns of the frozen CSV: schema.org's and Table Schema's.
_TYPES = {"date": ("sc:Date", "date"), "mean": ("sc:Float", "number"),
          "deviation": ("sc:Float", "number")}  # fmt: skip


def describe_dataset(dataset: Dataset, base: str) -> dict[str, Any]:
    """Return the members of a schema.org Dataset, without its context.

    Args:
        dataset: of the readings.
        base: address of the API without a slash at the end.
    """
    about = dataset.description
    page = page_url(base, dataset)
    creator, institution = about.creator or {}, about.institution
    members = {
        "@type": "Dataset",
        "@id": page,
        "name": dataset.title,
        "alternateName": dataset.title_es if dataset.title_es != dataset.title else "",
        "description": describe_in_words(dataset),
        "url": page,
        "identifier": dataset.name,
        "license": dataset.licence if dataset.licence != NOT_STATED else "",
        "usageInfo": describe_licence(dataset),
        "keywords": list(about.keywords),
        "isAccessibleForFree": True,
        "measurementTechnique": dataset.source if dataset.source != NOT_STATED else "",
        "creator": {"@type": "Organization", **creator} if creator else {},
        "publisher": {"@type": "Organization", "name": institution} if institution else {},
        "spatialCoverage": _describe_place(dataset),
        "variableMeasured": [
            {"@type": "PropertyValue", "name": name, "description": description,
             "unitText": dataset.unit, "propertyID": dataset.standard_name}
            for name, description in _measured(dataset)
        ],
        "distribution": _distributions(dataset, base),
    }  # fmt: skip
    return {name: value for name, value in members.items() if value not in ("", {}, [])}


def page_url(base: str, dataset: Dataset) -> str:
    """Return the canonical address of a dataset's page."""
    return f"{base}/?{urlencode({'dataset': dataset.name})}"


def describe_in_words(dataset: Dataset) -> str:
    """Return the description for search engines, which want at least 50 characters."""
    return (
        f"{dataset.title}: readings with standard deviation in {dataset.unit}, monthly figures and "
        "alerts, each with its file and line."
    )


def build_croissant(state: State, base: str) -> dict[str, Any]:
    """Return the Croissant description of a state, with the hash of its CSV."""
    file = f"{state.dataset.name}.csv"
    described = describe_dataset(state.dataset, base)
    return {
        "@context": _CONTEXT,
        **described,
        # A property of schema.org is a URL or a text there; Croissant demands one of them.
        "license": state.dataset.licence,
        "@type": "sc:Dataset",
        "conformsTo": CROISSANT,
        "version": _write_semantic_version(state.as_of),
        "datePublished": state.changed_at,
        "temporalCoverage": f"{state.first}/{state.last}",
        "citeAs": cite_as_text(state, frozen=True),
        "isLiveDataset": False,
        "distribution": [
            {"@type": "cr:FileObject", "@id": file, "name": file, "contentUrl": state.url,
             "contentSize": f"{state.size} B", "encodingFormat": "text/csv",
             "sha256": state.sha256}
        ],
        "recordSet": [
            {"@type": "cr:RecordSet", "@id": "readings", "name": "readings",
             "description": f"{state.readings} readings, one per date.",
             "field": [
                 {"@type": "cr:Field", "@id": f"readings/{name}", "name": name,
                  "description": description, "dataType": _TYPES[name][0],
                  "source": {"fileObject": {"@id": file}, "extract": {"column": column}}}
                 for name, column, description in _columns(state.dataset)
             ]}
        ],
    }  # fmt: skip


def build_data_package(state: State) -> dict[str, Any]:
    """Return the descriptor of a Frictionless Data Package with the CSV of a state."""
    dataset, about = state.dataset, state.dataset.description
    creator = about.creator or {}
    package = {
        "$schema": DATA_PACKAGE,
        "name": dataset.name,
        "id": state.url,
        "title": dataset.title,
        "description": f"{describe_in_words(dataset)} {describe_licence(dataset)}.",
        "version": state.as_of,
        "created": state.changed_at,
        "keywords": list(about.keywords),
        "sources": [{"title": dataset.source}] if dataset.source != NOT_STATED else [],
        "contributors": [
            {"title": creator["name"], "email": creator["email"], "path": creator["url"],
             "roles": ["creator"]}
        ] if creator else [],
        "resources": [
            {"name": "readings", "type": "table", "path": state.url,
             "format": "csv", "mediatype": "text/csv", "encoding": "utf-8",
             "bytes": state.size, "hash": f"sha256:{state.sha256}",
             "schema": {
                 "fields": [
                     {"name": column, "type": _TYPES[name][1], "description": description}
                     for name, column, description in _columns(dataset)
                 ],
                 "primaryKey": ["date"],
             }}
        ],
    }  # fmt: skip
    return {name: value for name, value in package.items() if value != []}


def _write_semantic_version(time: str) -> str:
    """Return a time in the form that Croissant asks for: '2026.11.23+T061648.650Z'."""
    day, _, clock = time.partition("T")
    return f"{'.'.join(str(int(part)) for part in day.split('-'))}+T{clock.replace(':', '')}"


def _columns(dataset: Dataset) -> Iterable[tuple[str, str, str]]:
    """Yield name, CSV column and description of the columns of the frozen CSV."""
    yield "date", "date", "Date of the reading"
    for name, description in _measured(dataset):
        yield name, f"{name}_{dataset.unit}", description


def _measured(dataset: Dataset) -> Iterable[tuple[str, str]]:
    for variable in reading_variables(dataset):
        if variable.name in _TYPES:
            yield variable.name, str(variable.attributes["long_name"])


def _describe_place(dataset: Dataset) -> dict[str, Any]:
    about = dataset.description
    if about.latitude is None:
        return {}
    point = {"@type": "GeoCoordinates", "latitude": about.latitude, "longitude": about.longitude}
    return {"@type": "Place", "geo": point}


def _distributions(dataset: Dataset, base: str) -> list[dict[str, str]]:
    query = urlencode({"dataset": dataset.name, "format": "csv"})
    table = f"{base}/erddap/tabledap/{table_ids(dataset.name)[0]}"
    addresses = {
        "text/csv": f"{base}/readings?{query}",
        "application/x-netcdf": f"{table}.ncCF",
        "application/ld+json": f"{base}/datasets/{dataset.name}/croissant",
        "application/json": f"{base}/datasets/{dataset.name}/datapackage.json",
    }
    return [
        {"@type": "DataDownload", "encodingFormat": media_type, "contentUrl": url}
        for media_type, url in addresses.items()
    ]

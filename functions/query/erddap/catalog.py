"""List, search and describe the tables."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from aquasense.datasets import NOT_STATED
from aquasense.formats.netcdf import Attributes, Numbers
from aquasense.metadata.attributes import Extent, describe_table
from aquasense.metadata.model import Variable
from aquasense.metadata.tables import Table
from query.erddap.dap import format_numbers
from query.erddap.errors import no_data, query_error, quote
from query.erddap.text_table import TextTable
from query.erddap.tokens import split_query

ANY = "(ANY)"
MAX_COUNT = 999_999_999
# Columns of ERDDAP's lists; those that are not filled name services that are not offered.
_COLUMNS = (
    "griddap", "Subset", "tabledap", "Make A Graph", "wms", "files", "Title", "Summary", "FGDC",
    "ISO 19115", "Info", "Background Info", "RSS", "Institution", "Dataset ID",
)  # fmt: skip
_INFO = ("Row Type", "Variable Name", "Attribute Name", "Data Type", "Value")
_WORD = re.compile(r'(-?)(?:"([^"]*)"|(\S+))')
FILTERS = (
    "protocol", "cdm_data_type", "institution", "ioos_category", "keywords", "long_name",
    "standard_name", "variableName",
)  # fmt: skip
# Bounds of a search, with the position that they limit: 1 for the least one, -1 for the greatest.
BOUNDS = {
    "minLat": ("latitude", 1), "maxLat": ("latitude", -1),
    "minLon": ("longitude", 1), "maxLon": ("longitude", -1),
}  # fmt: skip


def parse_options(query_string: str) -> dict[str, str]:
    """Return the options of a list or a search by name; unknown ones have no effect."""
    pairs = (part.partition("=") for part in split_query(query_string))
    return {name: value for name, _, value in pairs if value and value != ANY}


def list_catalog(tables: Iterable[Table], options: Mapping[str, str]) -> TextTable:
    """Return a page of tables.

    Raises:
        ErddapError: it would be empty, or the page is no number.
    """
    page, size = (_parse_count(options, name, default)
                  for name, default in (("page", 1), ("itemsPerPage", 1000)))  # fmt: skip
    rows = [_describe(table) for table in tables][(page - 1) * size : page * size]
    if not rows:
        raise no_data("Check the spelling of the words, and the page.")
    return TextTable("Datasets", _COLUMNS, lambda: rows)


def search_tables(tables: Iterable[Table], options: Mapping[str, str]) -> list[Table]:
    """Return the tables that match every option, except for the times."""
    words = [(sign, (phrase or word).lower())
             for sign, phrase, word in _WORD.findall(options.get("searchFor", ""))]  # fmt: skip
    filters = {name: _normalize(options[name]) for name in FILTERS if name in options}
    bounds = {name: _parse_degrees(options, name) for name in BOUNDS if name in options}
    return [
        table
        for table in tables
        if _has_words(table, words) and _has(table, filters) and _is_within(table, bounds)
    ]


def list_attributes(
    variables: Iterable[tuple[Variable, Attributes]], attributes: Attributes, title: str
) -> TextTable:
    """Return the attributes of each variable and of the table as a table."""
    rows = [*_iterate_attributes("NC_GLOBAL", attributes)]
    for variable, own in variables:
        rows.append(("variable", variable.name, "", variable.kind, ""))
        rows += _iterate_attributes(variable.name, own)
    return TextTable(title, _INFO, lambda: rows)


def _iterate_attributes(name: str, attributes: Attributes) -> Iterator[tuple[str, ...]]:
    for attribute, value in attributes.items():
        if isinstance(value, Numbers):
            yield "attribute", name, attribute, value.kind, format_numbers(value)
        else:
            yield "attribute", name, attribute, "String", value


def _describe(table: Table) -> tuple[str, ...]:
    cells = {
        "tabledap": f"/erddap/tabledap/{table.id}",
        "Title": table.title,
        "Summary": table.summary,
        "Info": f"/erddap/info/{table.id}/index.htmlTable",
        "Institution": table.dataset.description.institution or NOT_STATED,
        "Dataset ID": table.id,
    }
    return tuple(cells.get(column, "") for column in _COLUMNS)


def _has_words(table: Table, words: Sequence[tuple[str, str]]) -> bool:
    attributes = describe_table(table, Extent({}))
    texts = [f"{name}={value}" for name, value in attributes.items()]
    texts.append(f"datasetID={table.id}")
    for variable in table.variables:
        texts += [f"variableName={variable.name}", *map(str, variable.attributes.values())]
    text = "\n".join(texts).lower()
    return all((word in text) != bool(sign) for sign, word in words)


def _has(table: Table, filters: Mapping[str, str]) -> bool:
    description = table.dataset.description
    values = {
        "protocol": ["tabledap"],
        "cdm_data_type": ["timeseries"],
        "institution": [description.institution or NOT_STATED],
        "ioos_category": [],
        "keywords": description.keywords,
        "variableName": [variable.name for variable in table.variables],
        **{
            name: [variable.attributes.get(name, "") for variable in table.variables]
            for name in ("long_name", "standard_name")
        },
    }
    return all(text in map(_normalize, map(str, values[name])) for name, text in filters.items())


def _is_within(table: Table, bounds: Mapping[str, Decimal]) -> bool:
    for name, bound in bounds.items():
        member, sign = BOUNDS[name]
        value = getattr(table.dataset.description, member)
        if value is None or sign * (Decimal(repr(value)) - bound) < 0:
            return False
    return True


def _normalize(text: str) -> str:
    """Return a text as ERDDAP's categories have it: 'Sea Water > Salt' is 'sea_water_salt'."""
    return re.sub(r"[\W_]+", "_", text).strip("_").lower()


def _parse_count(options: Mapping[str, str], name: str, default: int) -> int:
    text = options.get(name, str(default))
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII) or not int(text):
        raise query_error(f"{name}={quote(text)} is no whole number from 1 to {MAX_COUNT}.")
    return int(text)


def _parse_degrees(options: Mapping[str, str], name: str) -> Decimal:
    text = options[name]
    if not re.fullmatch(r"[+-]?\d{1,3}(?:\.\d{0,20})?", text, re.ASCII):
        raise query_error(f"{name}={quote(text)} is no number of degrees.")
    return Decimal(text)

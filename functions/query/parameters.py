"""Query parameters of the routes, with their OpenAPI documentation."""

from dataclasses import dataclass
from typing import Any

from aquasense.dates import FIRST_YEAR, LAST_YEAR
from aquasense.figures.registry import FIGURES
from aquasense.uploads.identity import UPLOAD_ID_PATTERN
from aquasense.uploads.times import EPOCH_PATTERN
from query.resources.readings import FIELDS as READING_FIELDS
from query.resources.uploads import STATES as UPLOAD_STATES
from query.validation import MAX_ROWS, MONTH_PATTERN, NUMBER_PATTERN


@dataclass(frozen=True, slots=True)
class Parameter:
    """A query parameter with its JSON Schema."""

    name: str
    schema: dict[str, Any]
    description: str
    example: Any
    required: bool = False


def _text(pattern: str) -> dict[str, Any]:
    return {"type": "string", "pattern": f"^{pattern.replace(r'\d', '[0-9]')}$"}


_DATE_TIME = {"type": "string", "format": "date-time"}
_EPOCH = _text(f"(?:{EPOCH_PATTERN})") | {"description": "Milliseconds since 1970."}
_DAY = {"type": "string", "format": "date"}
_MONTH = _text(MONTH_PATTERN)
_TIME = {"anyOf": [_DATE_TIME, _EPOCH]}
_DATE = {"anyOf": [_DAY, _MONTH, _DATE_TIME, _EPOCH]}

MONTH_NUMBER = Parameter(
    "month", {"type": "integer", "minimum": 1, "maximum": 12}, "Month.", 12, required=True
)
YEAR = Parameter(
    "year",
    {"type": "integer", "minimum": FIRST_YEAR, "maximum": LAST_YEAR},
    "Year.",
    2022,
    required=True,
)
METRIC = Parameter(
    "metric", {"type": "string", "enum": list(FIGURES)}, "Figure.", "temp", required=True
)
DATASET = Parameter(
    "dataset", {"type": "string"}, "Name of the dataset; default: the main dataset.",
    "marmenor.temperature",
)  # fmt: skip
DATASET_FILTER = Parameter(
    "dataset", {"type": "string"}, "Only uploads of this dataset.", "marmenor.temperature"
)
AS_OF = Parameter(
    "as_of", _TIME, "Respond with the data as of this time; UTC without a zone.",
    "2030-06-01T00:00:00Z",
)  # fmt: skip
AS_REVIEWED = Parameter(
    "as_reviewed", {"type": "string", "enum": ["0", "1"]},
    "0 responds as if there were no reviews: bad readings count, and good ones have their flags.",
    "1",
)  # fmt: skip
EXPLAIN = Parameter(
    "explain", {"type": "string", "enum": ["0", "1"]},
    "1 adds the readings used, with file and line, and the figure's definition.", "1",
)  # fmt: skip
FORMAT = Parameter(
    "format", {"type": "string", "enum": ["json", "csv"]},
    "Format of the response; has precedence over the Accept header.", "json",
)  # fmt: skip
FROM_MONTH = Parameter(
    "from", _DATE, "First month, included; a date or a time is its UTC month.", "2022-11"
)
TO_MONTH = Parameter(
    "to", _DATE, "Last month, included; a date or a time is its UTC month.", "2023-03"
)
FROM = Parameter(
    "from", _DATE, "First date, included; a month is its first day, a time its UTC date.",
    "2022-11-01",
)  # fmt: skip
TO = Parameter(
    "to", _DATE, "Last date, included; a month is its last day, a time its UTC date.",
    "2023-03-31",
)  # fmt: skip
_FIELD = f"(?:{'|'.join(READING_FIELDS)})"
FIELDS = Parameter(
    "fields", _text(f"{_FIELD}(?:,{_FIELD})*"),
    "Only these members of each reading, separated by commas; default: all.",
    "date,mean,deviation,flags",
)  # fmt: skip
SINCE = Parameter(
    "since", _TIME, "The earlier time; UTC without a zone.", "2020-01-01T00:00:00Z",
    required=True,
)  # fmt: skip
UNTIL = Parameter("until", _TIME, "The later time; default: now.", "2030-01-01T00:00:00Z")
THRESHOLD = Parameter(
    "threshold",
    _text(NUMBER_PATTERN),
    "A deviation strictly greater than this is an exceedance.",
    "0.6",
    required=True,
)
LIMIT = Parameter(
    "limit",
    {"type": "integer", "minimum": 1, "maximum": MAX_ROWS},
    "Maximum number of uploads; `next` and the Link header have the URL of the next page.",
    20,
)
STATE = Parameter(
    "state", {"type": "string", "enum": list(UPLOAD_STATES)},
    "Only uploads in this state: `complete` and `partial` have readings, `partial` also rejected "
    "lines, `rejected` has no reading, and `withdrawn` was deleted.",
    "partial",
)  # fmt: skip
RECEIPTS = Parameter(
    "receipts", {"type": "string", "enum": ["0", "1"]},
    "1 adds the impact of each upload, as /uploads/{id} has it; a page has at most 10 uploads.",
    "1",
)  # fmt: skip
BEFORE = Parameter(
    "before", _text(UPLOAD_ID_PATTERN), "Only uploads older than this one; `next` sets it.",
    "20300101T000000.000Z-0000-000000000000",
)  # fmt: skip

"""Which routes there are and what each takes: read by the service and by its OpenAPI document."""

from dataclasses import dataclass
from typing import Any

from aquasense.days import FIRST_YEAR, LAST_YEAR
from aquasense.definitions import FIGURES
from aquasense.questions import MONTH, MOST_ROWS, NUMBER, UPLOAD


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a query: its schema (JSON Schema) and what it is for."""

    name: str
    schema: dict[str, Any]
    description: str
    example: Any
    required: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """A path that GET answers; `{id}` stands for an upload's id.

    Attributes:
        path: as in OpenAPI.
        summary: a line.
        description: what else there is to know.
        schema: name of the schema of its JSON.
        parameters: what its query may have.
    """

    path: str
    summary: str
    description: str
    schema: str
    parameters: tuple[Parameter, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(parameter.name for parameter in self.parameters)


def _text(pattern: str) -> dict[str, Any]:
    return {"type": "string", "pattern": f"^{pattern.replace(r'\d', '[0-9]')}$"}


_TIME = {"type": "string", "format": "date-time"}
_DATE = {"anyOf": [{"type": "string", "format": "date"}, _text(MONTH)]}

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
DATASET = Parameter(
    "dataset", {"type": "string"}, "Name of the series; the default one without it.",
    "marmenor.temperature",
)  # fmt: skip
OF_DATASET = Parameter(
    "dataset", {"type": "string"}, "Only uploads of this series.", "marmenor.temperature"
)
AS_OF = Parameter(
    "as_of", _TIME, "Answer with the table as it stood then; UTC where no zone is given.",
    "2030-06-01T00:00:00Z",
)  # fmt: skip
EXPLAIN = Parameter(
    "explain", {"type": "string", "enum": ["0", "1"]},
    "1 adds the readings used, with file and line, and the definition.", "1",
)  # fmt: skip
FORMAT = Parameter(
    "format", {"type": "string", "enum": ["json", "csv"]},
    "Format of the answer; goes before the Accept header.", "json",
)  # fmt: skip
FROM_MONTH = Parameter("from", _text(MONTH), "First month, included.", "2022-11")
TO_MONTH = Parameter("to", _text(MONTH), "Last month, included.", "2023-03")
FROM = Parameter("from", _DATE, "First date, included; a month is its first day.", "2022-11-01")
TO = Parameter("to", _DATE, "Last date, included; a month is its last day.", "2023-03-31")
SINCE = Parameter(
    "since", _TIME, "The earlier moment; UTC where no zone is given.", "2020-01-01T00:00:00Z",
    required=True,
)  # fmt: skip
UNTIL = Parameter("until", _TIME, "The later moment; now without it.", "2030-01-01T00:00:00Z")
THRESHOLD = Parameter(
    "threshold", _text(NUMBER), "A deviation strictly greater would alert.", "0.6", required=True
)
LIMIT = Parameter(
    "limit",
    {"type": "integer", "minimum": 1, "maximum": MOST_ROWS},
    "The most uploads of one answer; `next` and the Link header lead to the rest.",
    20,
)
BEFORE = Parameter(
    "before", _text(UPLOAD), "Only uploads before this one; what `next` carries.",
    "20300101T000000.000Z-0000-000000000000",
)  # fmt: skip

_FIGURE = (MONTH_NUMBER, YEAR, DATASET, AS_OF, EXPLAIN, FORMAT)

ROUTES = {
    route.path: route
    for route in (
        *(
            Route(
                f"/{figure.name}",
                figure.summary.en.removesuffix("."),
                "One figure, what it rests on and whether anything about it looks wrong. CSV has "
                "one line; with explain=1 one line for each reading used.",
                "Figure",
                _FIGURE,
            )
            for figure in FIGURES.values()
        ),
        Route(
            "/months", "The months that have readings",
            "In order, each with its coverage.", "Months", (DATASET, AS_OF, FORMAT),
        ),
        Route(
            "/series", "All figures, month by month",
            "Every calendar month of the span, those without readings included: null and the "
            "reason. Beside the figures: coverage, whether the month is comparable with "
            "the one before, and the difference to the mean of the same month in other years.",
            "Series", (FROM_MONTH, TO_MONTH, DATASET, AS_OF, FORMAT),
        ),
        Route(
            "/readings", "The readings themselves",
            "By date, each with the verdict of every quality test (QARTOD) and the file, line and "
            "upload it came from. Never cut.",
            "Readings", (FROM, TO, DATASET, AS_OF, FORMAT),
        ),
        Route(
            "/uploads", "The files that were uploaded",
            "The newest first, a page at a time; CSV is whole unless limit is given.",
            "Uploads", (OF_DATASET, LIMIT, BEFORE, FORMAT),
        ),
        Route(
            "/uploads/{id}", "One upload, and what it changed",
            "Rejected lines with the reason, and the figures of every month it touched before and "
            "after. CSV has a line for each of these.",
            "Upload", (FORMAT,),
        ),
        Route(
            "/alerts", "Readings above the threshold",
            "By date: those above it now, and those that were announced although they no longer "
            "are. `announced` is what subscribers were told last.",
            "Alerts", (FROM, TO, DATASET, FORMAT),
        ),
        Route(
            "/alerts/simulate", "What another threshold would have announced",
            "How often and when a threshold would have been exceeded by the readings there are.",
            "Simulation", (THRESHOLD, DATASET, AS_OF, FORMAT),
        ),
        Route(
            "/changes", "What changed between two moments",
            "Dates with another value, and the figures of the months they are in. CSV has the "
            "dates.", "Changes", (SINCE, UNTIL, DATASET, FORMAT),
        ),
        Route(
            "/datasets", "The series there are",
            "Unit, threshold, source, licence, and the versioned definition of each figure.",
            "Datasets", (FORMAT,),
        ),
    )
}  # fmt: skip
UPLOADS = "/uploads/"


def of(path: str) -> Route | None:
    """The route of a path that was asked for."""
    if path.startswith(UPLOADS) and "/" not in path.removeprefix(UPLOADS) and path != UPLOADS:
        return ROUTES["/uploads/{id}"]
    return ROUTES.get(path) if "{" not in path else None

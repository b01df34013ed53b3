"""The routes of the API: each path with its documentation and its handler, declared once.

The service, aiohttp's router, the OpenAPI document, the hints of a 404 and the Postman collection
follow from this table.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from aquasense.figures.registry import FIGURES
from query.content import Query, Sources
from query.http import Response
from query.parameters import (
    AS_OF,
    BEFORE,
    DATASET,
    EXPLAIN,
    FORMAT,
    FROM,
    FROM_MONTH,
    LIMIT,
    MONTH_NUMBER,
    OF_DATASET,
    SINCE,
    THRESHOLD,
    TO,
    TO_MONTH,
    UNTIL,
    YEAR,
    Parameter,
)
from query.resources import alerts, changes, datasets, figures, readings, uploads

type Handler = Callable[[Sources, Query], Awaitable[Response]]

UPLOAD_PATH = "/uploads/"


@dataclass(frozen=True, slots=True)
class Route:
    """A path that GET answers; `{id}` stands for an upload id.

    Attributes:
        path: as in OpenAPI.
        handler: makes the response to a valid query.
        tag: group of the operation in the OpenAPI document.
        schema: name of the schema of its JSON.
        parameters: what its query may have.
        summary: one line.
        description: further documentation.
    """

    path: str
    handler: Handler
    tag: str
    schema: str
    parameters: tuple[Parameter, ...]
    summary: str
    description: str

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of its parameters."""
        return tuple(parameter.name for parameter in self.parameters)

    @property
    def of_a_month(self) -> bool:
        """Return True if the query names one month."""
        return "month" in self.names

    @property
    def of_an_upload(self) -> bool:
        """Return True if the path ends with an upload id."""
        return "{id}" in self.path


ROUTES = {
    route.path: route
    for route in (
        *(
            Route(
                f"/{figure.name}", partial(figures.figure, figure.name), "figures", "Figure",
                (MONTH_NUMBER, YEAR, DATASET, AS_OF, EXPLAIN, FORMAT),
                figure.summary.en.removesuffix("."),
                "One figure, what it rests on and whether anything about it looks wrong. CSV has "
                "one line; with explain=1 one line for each reading used.",
            )
            for figure in FIGURES.values()
        ),
        Route(
            "/months", figures.months, "figures", "Months", (DATASET, AS_OF, FORMAT),
            "The months that have readings",
            "In order, each with its coverage.",
        ),
        Route(
            "/series", figures.all_figures, "figures", "Series",
            (FROM_MONTH, TO_MONTH, DATASET, AS_OF, FORMAT),
            "All figures, month by month",
            "Every calendar month of the span, those without readings included: null and the "
            "reason. Beside the figures: coverage, whether the month is comparable with "
            "the one before, and the difference to the mean of the same month in other years.",
        ),
        Route(
            "/readings", readings.readings, "data", "Readings", (FROM, TO, DATASET, AS_OF, FORMAT),
            "The readings themselves",
            "By date, each with the verdict of every quality test (QARTOD) and the file, line and "
            "upload it came from. Never cut.",
        ),
        Route(
            "/uploads", uploads.list_uploads, "uploads", "Uploads",
            (OF_DATASET, LIMIT, BEFORE, FORMAT),
            "The files that were uploaded",
            "The newest first, a page at a time; CSV is whole unless limit is given.",
        ),
        Route(
            "/uploads/{id}", uploads.show_upload, "uploads", "Upload", (FORMAT,),
            "One upload, and what it changed",
            "Rejected lines with the reason, and the figures of every month it touched before and "
            "after. CSV has a line for each of these.",
        ),
        Route(
            "/alerts", alerts.alerts, "data", "Alerts", (FROM, TO, DATASET, FORMAT),
            "Readings above the threshold",
            "By date: those above it now, and those that were announced although they no longer "
            "are. `announced` is what subscribers were told last.",
        ),
        Route(
            "/alerts/simulate", alerts.simulate_alerts, "data", "Simulation",
            (THRESHOLD, DATASET, AS_OF, FORMAT),
            "What another threshold would have announced",
            "How often and when a threshold would have been exceeded by the readings there are.",
        ),
        Route(
            "/changes", changes.changes_between, "data", "Changes",
            (SINCE, UNTIL, DATASET, FORMAT),
            "What changed between two moments",
            "Dates with another value, and the figures of the months they are in. CSV has the "
            "dates.",
        ),
        Route(
            "/datasets", datasets.datasets, "data", "Datasets", (FORMAT,),
            "The series there are",
            "Unit, threshold, source, licence, and the versioned definition of each figure.",
        ),
    )
}  # fmt: skip


def find_route(path: str) -> Route | None:
    """Return the route of a requested path."""
    upload_id = path.removeprefix(UPLOAD_PATH)
    if path.startswith(UPLOAD_PATH) and upload_id and "/" not in upload_id:
        return ROUTES["/uploads/{id}"]
    return ROUTES.get(path) if "{" not in path else None

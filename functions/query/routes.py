"""The routes of the API: each path with its handler and documentation, declared once.

The service, aiohttp's router, the OpenAPI document, the suggestions of a 404 and the Postman
collection follow from ROUTES (docs/changing.md).
"""

from functools import partial

from aquasense.figures.registry import FIGURES
from query.erddap import endpoints
from query.http import JSON
from query.parameters import (
    AS_OF,
    AS_REVIEWED,
    BEFORE,
    DATASET,
    DATASET_FILTER,
    EXPLAIN,
    FIELDS,
    FORMAT,
    FROM,
    FROM_MONTH,
    LIMIT,
    METRIC,
    MONTH_NUMBER,
    RECEIPTS,
    SINCE,
    STATE,
    THRESHOLD,
    TO,
    TO_MONTH,
    UNTIL,
    YEAR,
)
from query.resources import (
    alerts,
    changes,
    citation,
    datasets,
    figures,
    normals,
    readings,
    trend,
    uploads,
)
from query.route import Route

UPLOAD_PATH = "/uploads/"
DATASET_PATH = "/datasets/"

ROUTES = {
    route.path: route
    for route in (
        *(
            Route(
                f"/{figure.name}", partial(figures.show_figure, figure.name), "figures", "Figure",
                (MONTH_NUMBER, YEAR, DATASET, AS_OF, AS_REVIEWED, EXPLAIN, FORMAT),
                figure.summary.en.removesuffix("."),
                "One figure of one month, with its coverage, the flags of its readings and, if "
                "there are reviews, their verdicts (`reviewed`). A bad reading does not count; "
                "explain=1 lists it in `excluded`. CSV has one line, or with explain=1 one line "
                "for each reading used.",
            )
            for figure in FIGURES.values()
        ),
        Route(
            "/months", figures.list_months, "figures", "Months",
            (DATASET, AS_OF, AS_REVIEWED, FORMAT),
            "Months with readings",
            "In order, each with its coverage.",
        ),
        Route(
            "/series", figures.list_series, "figures", "Series",
            (FROM_MONTH, TO_MONTH, DATASET, AS_OF, AS_REVIEWED, FORMAT),
            "All figures, month by month",
            "Every calendar month of the range; a month without readings has null and the reason. "
            "Each month also has its coverage, whether it is comparable with the previous month, "
            "the difference to the mean of the same month in other years, and the rank and the "
            "percentile among all years.",
        ),
        Route(
            "/normals", normals.list_normals, "figures", "Normals",
            (FROM, TO, DATASET, AS_OF, AS_REVIEWED, FORMAT),
            "Usual values of each month and week",
            "For each calendar month and each week of the year: the mean of the years' means, and "
            "extremes, 10th and 90th percentile of the readings. A week's readings are those "
            "within 15 days of its middle day. `period` has the dates used, and a caution if they "
            "are too few for a WMO normal. In CSV the weeks follow the months.",
        ),
        Route(
            "/trend", trend.show_trend, "figures", "Trend",
            (METRIC, FROM_MONTH, TO_MONTH, DATASET, AS_OF, AS_REVIEWED, FORMAT),
            "Trend of a figure",
            "Seasonal Mann-Kendall test and seasonal Sen slope per decade with its 90 % interval; "
            "the seasons are the calendar months. `dependence` is true from ten years on: the test "
            "then allows for dependence between months (Hirsch and Slack 1984). `trend` is none if "
            "p_value is 0.1 or more. If the series is too short, `reason` says so. CSV has a line "
            "for the trend and one for each calendar month.",
        ),
        Route(
            "/readings", readings.list_readings, "data", "Readings",
            (FROM, TO, FIELDS, DATASET, AS_OF, AS_REVIEWED, FORMAT),
            "Readings",
            "By date, each with the verdict of every quality test (QARTOD), its file, line and "
            "upload, and its review, whose comment is public. Always complete, also with readings "
            "that a review calls bad. `fields` selects members, and so the columns of CSV.",
        ),
        Route(
            "/uploads", uploads.list_uploads, "uploads", "Uploads",
            (DATASET_FILTER, STATE, LIMIT, BEFORE, RECEIPTS, FORMAT),
            "Uploaded files",
            "The newest first, in pages; CSV is complete unless limit or receipts=1 is set.",
        ),
        Route(
            "/uploads/{id}", uploads.show_upload, "uploads", "Upload", (FORMAT,),
            "One upload and its impact",
            "Rejected lines with the reason, and the figures of each affected month before and "
            "after. CSV has one line for each of these.",
        ),
        Route(
            "/alerts", alerts.list_alerts, "data", "Alerts",
            (FROM, TO, DATASET, AS_REVIEWED, FORMAT),
            "Readings above the threshold",
            "By date: readings above the threshold, and readings that were announced but are no "
            "longer above it. `announced` is the latest message to the subscribers.",
        ),
        Route(
            "/alerts/simulate", alerts.simulate_alerts, "data", "Simulation",
            (THRESHOLD, DATASET, AS_OF, AS_REVIEWED, FORMAT),
            "Simulation of another threshold",
            "Number and dates of the readings above another threshold.",
        ),
        Route(
            "/changes", changes.list_changes, "data", "Changes",
            (SINCE, UNTIL, DATASET, AS_REVIEWED, FORMAT),
            "Changes between two times",
            "Dates with a different value, and the figures of their months. A reading that a "
            "review calls bad is withdrawn, with the review. CSV has the dates.",
        ),
        Route(
            "/datasets", datasets.list_datasets, "data", "Datasets", (FORMAT,),
            "Datasets",
            "Unit, threshold, source, licence, and the versioned definition of each figure.",
        ),
        Route(
            "/datasets/{name}/citation", citation.show_citation, "data", "Citation", (AS_OF,),
            "Citation of a state",
            "Text in DataCite's order, BibTeX, the exact URL, and the SHA-256 of the CSV at that "
            "URL, which has date, mean and deviation only. Without as_of, or while an upload may "
            "still be on its way, the state is not frozen: `reason` says why, and there is no "
            "digest. `moves` says what can change a frozen state, `frozen_citation` has as_of.",
            media_type=JSON,
        ),
        Route(
            "/datasets/{name}/croissant", citation.show_croissant, "data", "Croissant", (AS_OF,),
            "Croissant description of a state",
            "JSON-LD after Croissant 1.0, with the digest of the CSV; without as_of, of the state "
            "of the newest upload or deletion.",
            media_type=citation.JSON_LD,
        ),
        Route(
            "/datasets/{name}/datapackage.json", citation.show_data_package, "data", "DataPackage",
            (AS_OF,),
            "Frictionless Data Package of a state",
            "The descriptor, with the digest of the CSV; without as_of, of the state of the newest "
            "upload or deletion.",
            media_type=JSON,
        ),
        Route(
            f"{endpoints.PATH}{{path}}", endpoints.respond, "erddap", "", (), "ERDDAP-compatible",
            "Its operations are in query.erddap.endpoints.", own_query=True,
        ),
    )
}  # fmt: skip


def find_route(path: str) -> Route | None:
    """Return the route of a decoded request path; None for an unknown path."""
    upload_id = path.removeprefix(UPLOAD_PATH)
    if path.startswith(UPLOAD_PATH) and upload_id and "/" not in upload_id:
        return ROUTES["/uploads/{id}"]
    if path.startswith(DATASET_PATH):
        name, _, document = path.removeprefix(DATASET_PATH).partition("/")
        return ROUTES.get(f"{DATASET_PATH}{{name}}/{document}") if name else None
    if path.startswith(endpoints.PATH):
        return ROUTES[f"{endpoints.PATH}{{path}}"]
    return ROUTES.get(path) if "{" not in path else None

"""Generate a JavaScript module for the page from the datasets and the registries."""

import json
from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode

from aquasense.datasets import Dataset, Datasets
from aquasense.figures.registry import FIGURES
from aquasense.quality.flags import list_flag_labels
from query.resources.readings import FIELDS

NAME = "registry.js"
# Of a reading, for the chart and the facts.
_MEMBERS = ("date", "mean", "deviation", "flags", "review")


def render_module(datasets: Datasets) -> str:
    """Return the source of the module; it exports DATASETS, FIGURES and FLAGS in their order."""
    exports = {
        "DATASETS": [
            _describe_dataset(dataset, default=dataset is datasets.default)
            for dataset in datasets.by_name.values()
        ],
        "FIGURES": _figures(),
        "FLAGS": list_flag_labels(),
    }
    return "".join(
        f"export const {name} = {json.dumps(entries, ensure_ascii=False)};\n"
        for name, entries in exports.items()
    )


def readings_url(dataset: str) -> str:
    """Return the URL from which the page loads the readings of a dataset.

    The page's HTML and its modules name the same URL, so that the browser loads it once.
    """
    fields = ",".join(name for name in _MEMBERS if name in FIELDS)
    return f"/readings?{urlencode({'dataset': dataset, 'fields': fields}, safe=',')}"


def _describe_dataset(dataset: Dataset, *, default: bool) -> dict[str, Any]:
    return {
        "name": dataset.name,
        "default": default,
        "title": {"es": dataset.title_es or dataset.title, "en": dataset.title},
        "unit": dataset.unit,
        "symbol": dataset.symbol,
        "standardName": dataset.standard_name,
        # A text, because a double may have fewer digits.
        "threshold": str(dataset.threshold),
        "gapDays": dataset.limits.gap_suspect_days,
        "source": dataset.source,
        "licence": dataset.licence,
        "readings": readings_url(dataset.name),
    }


def _figures() -> list[dict[str, Any]]:
    return [
        {
            "name": figure.name,
            "title": asdict(figure.title),
            "shortTitle": asdict(figure.short_title),
            "summary": asdict(figure.summary),
            "needsPreviousMonth": figure.needs_previous_month,
            "comparedWithThreshold": figure.compared_with_threshold,
        }
        for figure in FIGURES.values()
    ]

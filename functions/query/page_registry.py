"""Generate a JavaScript module for the page from the registries of figures and tests."""

import json
from dataclasses import asdict
from typing import Any

from aquasense.figures.registry import FIGURES
from aquasense.quality.flags import list_flag_labels

PATH = "/page/registry.js"


def render_module() -> str:
    """Return the source of the module; it exports FIGURES and FLAGS in registry order."""
    exports = {"FIGURES": _figures(), "FLAGS": list_flag_labels()}
    return "".join(
        f"export const {name} = {json.dumps(entries, ensure_ascii=False)};\n"
        for name, entries in exports.items()
    )


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

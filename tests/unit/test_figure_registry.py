"""Page, schemas, receipts and Postman collection have every figure of the registry."""

import json
import re
from dataclasses import astuple
from decimal import Decimal

import pytest

from aquasense.figures.registry import FIGURES
from cli.data import report
from query import page_registry
from query.openapi import schemas
from tests import support
from tests.support import ROOT

PAGE = sorted(
    path
    for path in (ROOT / "functions" / "page").rglob("*.*")
    if path.is_file() and path.parent.name != "libraries"
)


@pytest.mark.parametrize("figure", FIGURES.values(), ids=lambda figure: figure.name)
def test_a_figure_has_its_texts_in_both_languages(figure):
    for text in (figure.title, figure.short_title, figure.summary):
        assert all(astuple(text)), f"{figure.name}: a text is missing in one language"
    assert figure.summary.es.endswith(".")
    assert figure.summary.en.endswith(".")
    assert figure.definition.endswith(".")
    assert figure.version


def test_the_page_has_every_figure_with_its_labels():
    exported = re.search(
        r"^export const FIGURES = (.*);$", page_registry.render_module(support.DATASETS), re.M
    )
    figures = json.loads(exported[1])
    assert [figure["name"] for figure in figures] == list(FIGURES)
    assert [figure["title"]["es"] for figure in figures] == [
        figure.title.es for figure in FIGURES.values()
    ]
    assert [figure["needsPreviousMonth"] for figure in figures] == [
        figure.needs_previous_month for figure in FIGURES.values()
    ]


@pytest.mark.parametrize("path", PAGE, ids=lambda path: path.name)
def test_the_page_has_no_literal_name_of_a_figure(path):
    names = "|".join(FIGURES)
    literal = re.compile(rf"""["'`/]({names})["'`?]""")
    assert not literal.search(path.read_text(encoding="utf-8"))


def test_the_schemas_of_answers_with_all_figures_name_them_all():
    loaded = schemas.load_schemas()
    assert "$figures" not in json.dumps(loaded)
    assert loaded["Figure"]["properties"]["metric"]["enum"] == list(FIGURES)
    for name in ("Month", "Figures"):
        assert set(FIGURES) < set(loaded[name]["required"])
        assert set(FIGURES) < set(loaded[name]["properties"])
    other_years = loaded["Month"]["properties"]["other_years"]
    assert list(FIGURES) == other_years["required"] == list(other_years["properties"])


def test_upload_prints_every_figure_of_a_changed_month(capsys):
    figures = dict.fromkeys(FIGURES, Decimal(1))
    month = {"month": "2022-12", "before": None, "after": {"readings": 1} | figures}
    receipt = {"status": "incorporated", "id": "1", "first": None, "accepted": 1, "rejected": 0,
               "rejections": [], "months": [month]}  # fmt: skip
    report.print_receipt("a.csv", receipt)
    shown = capsys.readouterr().out
    assert all(f"{name} 1.000" in shown for name in FIGURES)


def test_the_postman_collection_requests_every_figure():
    collection = (ROOT / "docs" / "aquasense.postman_collection.json").read_text(encoding="utf-8")
    requests = [item["request"]["url"]["path"] for item in json.loads(collection)["item"]]
    assert all([name] in requests for name in FIGURES), "run: make postman"

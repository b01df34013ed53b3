"""The parts of docs/ that follow from the code."""

import pytest

from tests.support import ROOT
from tools.cli_page import write_page
from tools.tables import update_tables


@pytest.mark.parametrize("name", ["files.md", "datasets.md", "erddap.md", "replication.md"])
def test_the_tables_of_the_docs_are_those_of_the_code(name):
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    assert "<!-- table: " in text
    assert text == update_tables(text), "run: make tables"


def test_the_page_of_the_command_line_is_that_of_the_code():
    page = (ROOT / "docs/cli.md").read_text(encoding="utf-8")
    assert page == write_page(), "run: make tables"

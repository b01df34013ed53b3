"""What an earlier version of the code wrote and answered is what this one writes and answers."""

import gzip
import json
from typing import Any

import pytest

from tests.compatibility import history
from tests.compatibility.record import ANSWERS, TABLE

ITEMS = json.loads(gzip.decompress(TABLE.read_bytes()))
GOLDEN = json.loads(gzip.decompress(ANSWERS.read_bytes()))


@pytest.fixture(scope="module")
def written() -> history.World:
    """Everything that this code makes of the history."""
    return history.run()


@pytest.fixture(scope="module")
def ask() -> Any:
    """The API on the saved table."""
    with history.service(history.load(ITEMS)) as asking:
        yield asking


def by_key(items: list[Any]) -> dict[str, Any]:
    return {f"{item['pk']['S']} {item['sk']['S']}": item for item in items}


def test_the_history_gives_the_saved_items(written: history.World) -> None:
    assert by_key(written.items()) == by_key(ITEMS)


def test_the_history_gives_the_saved_receipts(written: history.World) -> None:
    assert written.receipts() == GOLDEN["receipts"]


def test_the_history_gives_the_saved_mails(written: history.World) -> None:
    assert written.mails == GOLDEN["mails"]


@pytest.mark.parametrize(
    "saved", GOLDEN["answers"], ids=lambda saved: " ".join(map(str, saved["request"]))
)
def test_the_saved_table_gives_the_saved_answer(ask: Any, saved: Any) -> None:
    assert ask(*saved["request"]) == saved["reply"]


def test_the_openapi_document_differs_in_texts_for_people_at_most() -> None:
    assert json.dumps(history.openapi()) == json.dumps(GOLDEN["openapi"])

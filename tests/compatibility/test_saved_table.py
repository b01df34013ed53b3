"""The code writes the same items, and sends the same responses, as an earlier version."""

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.compatibility import history
from tests.compatibility.record import ANSWERS, TABLE

ITEMS = json.loads(gzip.decompress(TABLE.read_bytes()))
GOLDEN = json.loads(gzip.decompress(ANSWERS.read_bytes()))


@pytest.fixture(scope="module")
def written() -> history.World:
    """Run the current code on the history."""
    return history.run()


@pytest.fixture(scope="module")
def send() -> Iterator[Any]:
    """Yield a function that sends a request to the API on the saved table."""
    with history.service(history.load(ITEMS)) as send:
        yield send


def by_key(items: list[Any]) -> dict[str, Any]:
    return {f"{item['pk']['S']} {item['sk']['S']}": item for item in items}


def test_the_history_writes_the_saved_items(written: history.World) -> None:
    assert by_key(written.items()) == by_key(ITEMS)


def test_the_history_writes_the_saved_receipts(written: history.World) -> None:
    assert written.receipts() == GOLDEN["receipts"]


def test_the_history_sends_the_saved_mails(written: history.World) -> None:
    assert written.mails == GOLDEN["mails"]


@pytest.mark.parametrize(
    "saved", GOLDEN["answers"], ids=lambda saved: " ".join(map(str, saved["request"]))
)
def test_the_saved_table_gives_the_saved_response(send: Any, saved: Any) -> None:
    assert send(*saved["request"]) == saved["reply"]


def test_the_openapi_document_is_the_saved_one_apart_from_descriptions() -> None:
    assert json.dumps(history.openapi()) == json.dumps(GOLDEN["openapi"])

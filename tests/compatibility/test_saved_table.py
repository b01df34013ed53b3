"""A table written by an earlier release is read today, and today's code writes the same one."""

import asyncio
import gzip
import json
from typing import Any

import pytest

from tests.compatibility import history
from tests.fakes.dynamo import FakeDynamo

SAVED: dict[str, Any] = json.loads(gzip.decompress(history.ANSWERS.read_bytes()))
ITEMS: list[dict[str, Any]] = json.loads(gzip.decompress(history.TABLE.read_bytes()))


@pytest.fixture(scope="module")
def saved_table() -> FakeDynamo:
    dynamo = FakeDynamo()
    for item in ITEMS:
        dynamo._store((item["pk"]["S"], item["sk"]["S"]), item)
    return dynamo


@pytest.fixture(scope="module")
def written() -> Any:
    return history.run_history()


@pytest.mark.parametrize("request_text", SAVED["answers"], ids=lambda text: text.replace("\n", " "))
def test_a_saved_table_is_answered_byte_for_byte(saved_table, request_text):
    path, query, accept = request_text.split("\n")
    answer = asyncio.run(history.answer(saved_table, path, query, accept))
    assert answer == SAVED["answers"][request_text]


def test_the_same_history_writes_the_same_items(written):
    dynamo, _, _ = written
    assert [dynamo.items[key] for key in sorted(dynamo.items)] == ITEMS


def test_the_same_history_writes_the_same_receipts(written):
    assert written[1] == SAVED["receipts"]


def test_the_same_history_sends_the_same_mails(written):
    assert written[2] == SAVED["mails"]


def test_openapi_is_the_same_apart_from_prose():
    assert history.openapi_document() == SAVED["openapi"]

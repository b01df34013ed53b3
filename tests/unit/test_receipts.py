"""What a receipt says: all of it for every upload, and how much of it is not listed."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from adapters import items
from aquasense.csvfile.decode import UnreadableFile
from aquasense.formats.json_format import encode_json
from aquasense.uploads import impact, receipts
from aquasense.uploads.identity import Upload
from tests.support import TEMPERATURE, csv, scan_csv, versions_of
from tools import verify

UPLOAD = Upload(
    "20261123T061648.650Z-0000-1a2b3c4d5e6f", "a.csv", "v", datetime(2026, 11, 23, tzinfo=UTC), 1
)
ZEROS = {"new": 0, "changed": 0, "unchanged": 0, "superseded": 0, "looks_wrong": 0,
         "flagged": {}, "scale": None, "months": []}  # fmt: skip


def incorporated(*lines):
    return receipts.build_receipt(UPLOAD, TEMPERATURE.name, scan_csv(csv(*lines)))


def shown(receipt, effect=None):
    return json.loads(encode_json(receipts.receipt_members(receipt, effect)))


def test_an_upload_that_changed_nothing_says_so_in_every_member():
    rejected = receipts.build_rejection(
        UPLOAD, "", UnreadableFile("empty_file", "the file is empty")
    )
    for receipt in (rejected, incorporated("x,1,1"), incorporated()):
        assert shown(receipt).items() >= ZEROS.items()


def test_the_members_are_those_of_an_upload_that_changed_something():
    versions = versions_of(csv("2022/1/1,15,0.1"), UPLOAD.id)
    effect = impact.compute_impact(UPLOAD.id, TEMPERATURE, versions)
    some = shown(incorporated("2022/1/1,15,0.1"), effect)
    assert list(some) == list(shown(incorporated()))
    assert some["new"] == 1


def test_what_an_upload_changed_is_not_made_up_where_it_is_not_known():
    assert not {"new", "months"} & set(shown(incorporated("2022/1/1,15,0.1")))


@pytest.mark.parametrize(("bad", "more"), [(0, 0), (100, 0), (101, 1), (152, 52)])
def test_how_many_rejected_lines_are_not_listed_is_told(bad, more):
    found = shown(incorporated(*bad * ["x,1,1"]))
    assert found["rejected"] == bad
    assert len(found["rejections"]) == bad - more
    assert found["rejections_not_listed"] == more


def test_an_item_of_earlier_days_is_read_and_told_as_one_of_today():
    item = items.receipt_item(incorporated(*152 * ["x,1,1"]))
    assert "rejections_not_listed" not in item
    assert shown(items.parse_receipt(item))["rejections_not_listed"] == 52
    old = {"id": UPLOAD.id, "file": "a.csv", "version_id": "v", "size": Decimal(1),
           "uploaded_at": "2026-11-23T06:16:48.650Z", "status": "rejected"}  # fmt: skip
    assert shown(items.parse_receipt(old)).items() >= ZEROS.items()


def test_a_reason_put_in_other_words_is_no_damage_and_another_line_or_code_is():
    should = items.receipt_item(incorporated("x" * 300 + ",1,1", "2022/1/1,1,1"))
    (entry,) = should["rejections"]
    key = (should["pk"], should["sk"])

    def found(**members):
        there = should | {"rejections": [entry | members]}
        return list(verify.differences({key: should}, {key: there}))

    assert found(text=entry["text"][:-1], reason="was put otherwise") == []
    assert len(found(line=7)) == len(found(code="negative_deviation")) == 1
    there = should | {"accepted": 2}
    assert len(list(verify.differences({key: should}, {key: there}))) == 1
    whole = items.receipt_item(
        receipts.build_rejection(UPLOAD, "", UnreadableFile("no_header", "as it is"))
    )
    was = whole | {"reason": "as it was"}
    assert list(verify.differences({key: whole}, {key: was})) == []

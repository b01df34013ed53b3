"""Receipts as JSON members and as items of the table."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from adapters import items
from aquasense.csvfile.decode import UnreadableFile
from aquasense.formats.json_format import encode_json
from aquasense.uploads import impact, receipts
from aquasense.uploads.identity import Upload
from cli.maintain.differences import Comparer
from cli.maintain.listing import Listing
from tests.support import TEMPERATURE, csv, scan_csv, versions_of

UPLOAD = Upload(
    "20261123T061648.650Z-0000-1a2b3c4d5e6f", "a.csv", "v", datetime(2026, 11, 23, tzinfo=UTC), 1
)
ZEROS = {"new": 0, "changed": 0, "unchanged": 0, "superseded": 0, "looks_wrong": 0,
         "flagged": {}, "scale": None, "months": []}  # fmt: skip


def incorporated(*lines):
    return receipts.build_receipt(UPLOAD, TEMPERATURE.name, scan_csv(csv(*lines)))


def members(receipt, effect=None):
    return json.loads(encode_json(receipts.receipt_members(receipt, effect)))


def test_the_receipt_of_an_upload_without_readings_has_all_members_of_the_impact():
    rejected = receipts.build_rejection(
        UPLOAD, "", UnreadableFile("empty_file", "the file is empty")
    )
    for receipt in (rejected, incorporated("x,1,1"), incorporated()):
        assert members(receipt).items() >= ZEROS.items()


def test_every_receipt_has_the_same_members():
    versions = versions_of(csv("2022/1/1,15,0.1"), UPLOAD.id)
    effect = impact.compute_impact(UPLOAD.id, TEMPERATURE, versions)
    changed = members(incorporated("2022/1/1,15,0.1"), effect)
    assert list(changed) == list(members(incorporated()))
    assert changed["new"] == 1


def test_an_impact_that_was_not_computed_is_left_out():
    assert not {"new", "months"} & set(members(incorporated("2022/1/1,15,0.1")))


@pytest.mark.parametrize(("rejected", "omitted"), [(0, 0), (100, 0), (101, 1), (152, 52)])
def test_a_receipt_has_the_number_of_rejections_not_listed(rejected, omitted):
    receipt = members(incorporated(*rejected * ["x,1,1"]))
    assert receipt["rejected"] == rejected
    assert len(receipt["rejections"]) == rejected - omitted
    assert receipt["rejections_not_listed"] == omitted


def test_items_of_earlier_releases_give_all_members():
    item = items.receipt_item(incorporated(*152 * ["x,1,1"]))
    assert "rejections_not_listed" not in item
    assert members(items.parse_receipt(item))["rejections_not_listed"] == 52
    old = {"id": UPLOAD.id, "file": "a.csv", "version_id": "v", "size": Decimal(1),
           "uploaded_at": "2026-11-23T06:16:48.650Z", "status": "rejected"}  # fmt: skip
    assert members(items.parse_receipt(old)).items() >= ZEROS.items()


def differ(expected, stored):
    """Return True if the table's item differs from the expected one."""
    comparer = Comparer(Listing(None), {(stored["pk"], stored["sk"]): stored})
    comparer.check(expected)
    return [difference.kind for difference in comparer.differences] == ["different"]


def test_verify_ignores_the_words_of_a_reason_but_not_line_and_code():
    expected = items.receipt_item(incorporated("x" * 300 + ",1,1", "2022/1/1,1,1"))
    (entry,) = expected["rejections"]

    def with_rejection(**members):
        return expected | {"rejections": [entry | members]}

    assert not differ(expected, with_rejection(text=entry["text"][:-1], reason="was put otherwise"))
    assert differ(expected, with_rejection(line=7))
    assert differ(expected, with_rejection(code="negative_deviation"))
    assert differ(expected, expected | {"accepted": 2})
    whole = items.receipt_item(
        receipts.build_rejection(UPLOAD, "", UnreadableFile("no_header", "as it is"))
    )
    assert not differ(whole, whole | {"reason": "as it was"})

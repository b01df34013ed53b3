"""The texts of a file are in its private receipt, and in nothing that the public can read."""

import io
from datetime import UTC, datetime

import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from adapters import items
from aquasense.csvfile.decode import UnreadableFile
from aquasense.csvfile.reader import scan_file
from aquasense.formats.json_format import encode_json
from aquasense.uploads import privacy, receipts
from aquasense.uploads.identity import Upload
from tests.support import LIMITS, TEMPERATURE, csv, scan_csv
from tests.unit.test_reason_codes import rejection_codes

UPLOAD = Upload("20261123T061648.650Z-0000-1a2b3c4d5e6f", "a.csv", "v",
                datetime(2026, 11, 23, tzinfo=UTC), 1)  # fmt: skip
# Each line and header has the word that must not be public.
LINES = {
    "wrong_field_count": "Zutano,1",
    "missing_value": "2022/1/1, ,0.1,Zutano",
    "bad_date": "Zutano,1,0.1,x",
    "not_midnight": "2022/1/1 10:00,1,0.1,Zutano",
    "two_digit_year": "1/1/22,1,0.1,Zutano",
    "impossible_date": "2022/2/30,1,0.1,Zutano",
    "month_first_date": "1/13/2022,1,0.1,Zutano",
    "date_out_of_range": "1850/1/1,1,0.1,Zutano",
    "serial_date": "44896,1,0.1,Zutano",
    "not_a_number": "2022/1/1,Zutano,0.1,x",
    "negative_deviation": "2022/1/1,1,-0.1,Zutano",
    "unclosed_quote": '2022/1/1,1,0.1,"Zutano',
    "line_too_long": "Zutano" * 2000,
}
HEADERS = {
    "no_header": "Zutano,1,2",
    "no_header, repeated": "Fecha,Medias,Medias Zutano,Mean,Std",
    "other_unit": "Fecha,Media (Zutano),Std",
}


REVIEWS = {
    "unknown_verdict": "2022/1/2,1,Zutano,x",
    "comment_too_long": f"2022/1/2,1,bad,{'Zutano ' * 100}",
    "contradicting_review": "2022/1/1,1,bad,Zutano",
}
# Of reviews that are read, but name no current value; see test_reviews.py.
ARRIVAL_CODES = {"review_without_reading", "review_of_other_value"}
FILE_CODES = {"empty_file", "no_header", "no_review_header", "other_unit", "month_first_dates",
              "zip_file", "excel_file", "pdf_file", "binary_file", "damaged_gzip", "too_large",
              "too_many_rows", "unknown_dataset"}  # fmt: skip
to_dynamodb, from_dynamodb = TypeSerializer().serialize, TypeDeserializer().deserialize


def receipt_with_line(line):
    # The day first, so that the month-first date is a bad line and not a bad file.
    content = csv("15/1/2022,1,0.1,x", line, header="Fecha,Medias,Desviaciones,Nota")
    return receipts.build_receipt(UPLOAD, TEMPERATURE.name, scan_csv(content))


def receipt_with_header(header):
    with pytest.raises(UnreadableFile) as caught:
        scan_csv(csv("2022/1/1,1,0.1", header=header), dataset=TEMPERATURE)
    return receipts.build_rejection(UPLOAD, TEMPERATURE.name, caught.value)


def store(item):
    """Return an item as it is read from the table."""
    return from_dynamodb(to_dynamodb(item))


def read(item):
    return encode_json(receipts.receipt_members(items.parse_receipt(store(item)), None)).decode()


def earlier_item(receipt):
    """Return a receipt's item as earlier releases wrote it."""
    item = items.receipt_item(receipt)
    item.pop("parameters", None)
    rejections = [
        {"line": entry.line, "text": entry.text, "code": entry.code, "reason": entry.reason}
        for entry in receipt.rejections
    ]
    reason = {"reason": receipt.full_reason} if receipt.full_reason else {}
    return item | reason | {"rejections": rejections}


def test_every_code_of_a_line_and_every_code_that_quotes_has_an_example():
    codes = {code.partition(",")[0] for code in HEADERS}
    assert LINES.keys() | REVIEWS.keys() | ARRIVAL_CODES | FILE_CODES == rejection_codes()
    assert codes == privacy.QUOTING.keys()


@pytest.mark.parametrize("code", LINES)
def test_the_text_of_a_line_is_private(code):
    receipt = receipt_with_line(LINES[code])
    (rejection,) = receipt.rejections
    assert rejection.code == code
    assert "Zutano" in str(receipts.receipt_members(receipt, None, private=True))
    check_public(receipt)
    for value in rejection.parameters.values():
        assert str(value) in rejection.reason


@pytest.mark.parametrize("code", REVIEWS)
def test_the_text_of_a_line_of_reviews_is_private(code):
    content = csv("2022/1/1,1,good,x", REVIEWS[code], header="date,mean,verdict,comment")
    scan = scan_file(io.BytesIO(content), LIMITS, TEMPERATURE, reviews=True)
    receipt = receipts.build_receipt(UPLOAD, TEMPERATURE.name, scan)
    assert [rejection.code for rejection in receipt.rejections] == [code]
    assert "Zutano" in str(receipts.receipt_members(receipt, None, private=True))
    check_public(receipt)


def test_the_text_of_a_header_of_reviews_is_private():
    content = csv("2022/1/1,1,good", header="Zutano,mean,verdict")
    with pytest.raises(UnreadableFile) as caught:
        scan_file(io.BytesIO(content), LIMITS, TEMPERATURE, reviews=True)
    receipt = receipts.build_rejection(UPLOAD, TEMPERATURE.name, caught.value)
    assert receipt.code == "no_review_header"
    assert "Zutano" in receipts.receipt_members(receipt, None, private=True)["reason"]
    assert "Zutano" not in str(receipts.receipt_members(receipt, None))
    assert "Zutano" not in str(items.receipt_item(receipt))


@pytest.mark.parametrize("name", HEADERS)
def test_the_text_of_a_header_is_private(name):
    receipt = receipt_with_header(HEADERS[name])
    assert receipt.code == name.partition(",")[0]
    assert "Zutano" in receipts.receipt_members(receipt, None, private=True)["reason"]
    check_public(receipt)


def check_public(receipt):
    """Check that neither answer nor item has the text, also for an item of an earlier release."""
    item, earlier = items.receipt_item(receipt), earlier_item(receipt)
    assert "Zutano" in str(earlier)
    for content in (str(receipts.receipt_members(receipt, None)), str(item), read(item),
                    read(earlier)):  # fmt: skip
        assert "Zutano" not in content
    assert items.receipt_item(items.parse_receipt(store(item))) == item


def test_a_purged_record_has_no_content():
    receipt = receipt_with_line(LINES["bad_date"])
    purged = privacy.remove_content(receipt, "2026-11-24T10:00:00.000Z")
    members = receipts.receipt_members(purged, None)
    assert (members["id"], members["file"], members["version_id"]) == (UPLOAD.id, "a.csv", "v")
    assert not any(members[name] for name in ("size", "accepted", "rejected", "rejections",
                                              "first", "last", "code", "months"))  # fmt: skip
    again = privacy.remove_content(purged, "2027-01-01T00:00:00.000Z", "purged")
    assert again.purged_at == "2026-11-24T10:00:00.000Z"
    assert (again.file, again.version_id) == ("purged", "purged")
    assert items.parse_receipt(store(items.receipt_item(again))) == again

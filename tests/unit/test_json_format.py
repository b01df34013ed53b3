"""JSON in chunks, with exact decimals."""

from decimal import Decimal

import pytest

from aquasense.formats.json_format import encode_json, iterate_json


@pytest.mark.parametrize("count", [0, 1, 499, 500, 501, 1200])
def test_json_in_chunks_is_the_same_document(count):
    rows = [{"n": number, "x": Decimal("0.10")} for number in range(count)]
    members = {"a": None, "next": "/x?y=1&z=\udc80"}
    assert b"".join(iterate_json(members, "rows", rows)) == encode_json(members | {"rows": rows})


def test_json_of_one_member():
    rows = [{"x": Decimal("0.10")}]
    content = b"".join(iterate_json({}, "rows", rows))
    assert content == encode_json({"rows": rows}) == b'{"rows": [{"x": 0.10}]}\n'

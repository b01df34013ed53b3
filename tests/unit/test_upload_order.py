"""The order of one key's uploads and deletions, as the bucket's list of them gives it."""

from hypothesis import given
from hypothesis import strategies as st

from adapters.s3 import Bucket
from aquasense.uploads.identity import build_upload_id, format_id_time
from tests.fakes.s3 import FakeS3

# What happens to a key: whether it is deleted, and how many seconds after what came before.
histories = st.lists(st.tuples(st.booleans(), st.sampled_from([0, 0, 0, 1, 3600])), max_size=30)


def happened(history):
    s3 = FakeS3()
    for deleted, seconds in history:
        s3.pass_time(seconds)
        if deleted:
            s3.delete("a.csv")
        else:
            s3.upload("a.csv", b"x")
    return s3


@given(histories)
def test_a_place_counts_what_happened_to_the_key_before_at_the_same_moment(history):
    s3 = happened(history)
    entries = s3.entries.get("a.csv", [])
    orders = []
    for index, entry in enumerate(entries):
        position = sum(
            format_id_time(older.at) == format_id_time(entry.at) for older in entries[:index]
        )
        orders.append(build_upload_id("a.csv", entry.version_id, entry.at, position))
    found = Bucket(s3, "raw").history("a.csv")
    assert [stored.upload.id for stored in found] == [
        order for order, entry in zip(orders, entries, strict=True) if entry.content is not None
    ]
    withdrawn = [
        next((orders[after] for after in range(index, len(entries))
              if entries[after].content is None), None)
        for index, entry in enumerate(entries) if entry.content is not None
    ]  # fmt: skip
    assert [one.withdrawal and one.withdrawal.deletion_id for one in found] == withdrawn


def test_the_work_for_a_key_put_again_and_again_grows_with_the_number_of_its_versions(monkeypatch):
    s3 = happened([(False, 3600)] * 300)
    asked = []
    monkeypatch.setattr(
        "adapters.s3.format_id_time", lambda at: asked.append(at) or format_id_time(at)
    )
    assert len(Bucket(s3, "raw").history("a.csv")) == 300
    assert len(asked) <= 3 * 300

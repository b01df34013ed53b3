"""Differences between the readings at two times."""

from aquasense.readings import changes
from tests.support import version


def test_dates_are_new_changed_or_withdrawn_and_equal_values_are_no_change():
    versions = [
        version("2022-12-01", upload_id="1"),
        version("2022-12-02", upload_id="1")._replace(deletion_id="3"),
        version("2022-12-03", upload_id="1"),
        version("2022-12-03", mean="15.0", upload_id="2"),
        version("2022-12-04", upload_id="2"),
        version("2022-12-05", upload_id="1"),
        version("2022-12-05", mean="16", upload_id="2"),
    ]
    differences = changes.compare_states(versions, "1", None)
    assert [(row["date"], row["change"]) for row in differences["readings"]] == [
        ("2022-12-02", "withdrawn"), ("2022-12-04", "new"), ("2022-12-05", "changed"),
    ]  # fmt: skip
    assert changes.compare_states(versions, "2", "2") == {"months": [], "readings": []}

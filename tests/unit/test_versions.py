"""The current reading of a date, from all its versions."""

import itertools

from aquasense.readings.versions import current_readings
from tests.support import version


def test_the_version_with_the_greatest_upload_id_is_current_in_any_order_of_input():
    versions = [
        version("2022-12-01", "15", upload_id="1"),
        version("2022-12-01", "16", upload_id="3"),
        version("2022-12-01", "17", upload_id="2"),
        version("2022-11-30", "18", upload_id="2"),
    ]
    for shuffled in itertools.permutations(versions):
        readings = current_readings(shuffled)
        assert [(reading.date, reading.mean) for reading in readings] == [
            ("2022-11-30", "18"),
            ("2022-12-01", "16"),
        ]


def test_the_first_value_uploaded_again_after_a_correction_is_current():
    versions = [version("2022-12-01", mean, upload_id=str(n)) for n, mean in enumerate("ABA")]
    assert current_readings(versions)[0].mean == "A"
    assert current_readings(versions[:2])[0].mean == "B"
    assert current_readings([]) == []


def test_a_deletion_counts_from_its_deletion_id_on():
    withdrawn = version("2022-12-01", "16", upload_id="2")._replace(deletion_id="4")
    versions = [version("2022-12-01", "15", upload_id="1"), withdrawn]
    means = {
        as_of: [reading.mean for reading in current_readings(versions, as_of)]
        for as_of in ("0", "1", "2", "3", "4", None)
    }
    assert means == {"0": [], "1": ["15"], "2": ["16"], "3": ["16"], "4": ["15"], None: ["15"]}

"""A person settles a copied week: flagged, alerted, reviewed as bad, retracted, taken back."""

import time

import pytest

from tests.e2e.conftest import wait_until
from tests.e2e.test_data_commands import finish, start, write_note
from tests.support import csv

pytestmark = pytest.mark.e2e

COPY = "1975-03-15"
KEY = f"reviews/marmenor.temperature/{COPY}.csv"
VALUES = "14.871234567890123,0.7123456789"
WEEKS = ("1975-03-01,15.169854830055973,0.40661169542917", f"1975-03-08,{VALUES}")


@pytest.fixture
def run(system):
    """Return a function that runs a command and returns its JSON document; it must succeed."""
    note = write_note(system.cloud, system.cloud.endpoint)

    def invoke(*command):
        code, document, errors = finish(start(system.cloud.port, *command))
        assert code == 0, errors
        system.last_put = time.monotonic()
        return document

    yield invoke
    note.remove()


def test_a_copied_week_is_flagged_reviewed_and_taken_back(system, run, tmp_path):
    def figure():
        return system.get("/temp", month=3, year=1975, explain=1)[1]

    def upload(name, *rows):
        path = tmp_path / name
        path.write_bytes(csv(*rows))
        (receipt,) = run("upload", path)["receipts"]
        return receipt

    def wait_for_mail(event_id):
        def mails():
            return [
                mail for mail in system.cloud.mail()
                if mail["attributes"]["upload"].startswith(event_id)
            ]  # fmt: skip

        wait_until(mails)
        (mail,) = mails()
        return mail["body"]

    upload("marzo 1975.csv", *WEEKS)
    copied = upload("copia 1975.csv", f"{COPY},{VALUES}")
    # Flagged in the receipt, the mail and the API.
    assert copied["flagged"] == {COPY: ["repeat:suspect:1975-03-08"]}
    assert "[DUDOSA: repite la media o la desviación de 1975-03-08]" in wait_for_mail(copied["id"])
    before = figure()
    assert set(before["flags"]) == {"1975-03-08", COPY}

    reviewed = run("review", COPY, "--bad", "typed twice")
    assert (reviewed["file"], reviewed["accepted"]) == (KEY, 1)
    mail = wait_for_mail(reviewed["id"])
    assert f"{COPY}  antes 0.7123456789 °C, lectura revisada como mala" in mail
    after = figure()
    assert (before["coverage"]["readings"], after["coverage"]["readings"]) == (3, 2)
    assert after["value"] != before["value"]
    assert (after["flags"], after["reviewed"]) == ({}, {COPY: "bad"})
    assert after["excluded"][0]["review"]["comment"] == "typed twice"
    since = copied["uploaded_at"]
    (row,) = [
        row for row in system.get("/changes", since=since)[1]["readings"] if row["date"] == COPY
    ]
    assert (row["change"], row["review"]["verdict"]) == ("withdrawn", "bad")
    unreviewed = system.get("/temp", month=3, year=1975, explain=1, as_reviewed=0)[1]
    assert unreviewed == before | {"as_reviewed": "0"}
    assert system.differences() == []

    deleted = run("delete", "--yes", KEY)
    assert [file["state"] for file in deleted["files"]] == ["withdrawn"]
    assert figure() == before
    shown = run("show", KEY)
    assert shown["withdrawn_at"]
    compact = shown["withdrawn_at"].translate(str.maketrans("", "", "-:"))
    assert f"{COPY}  desviación 0.7123456789" in wait_for_mail(compact)
    assert system.differences() == []

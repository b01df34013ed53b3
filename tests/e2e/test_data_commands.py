"""The commands upload, delete, list and show as processes, on the deployed stack."""

import os
import signal
import subprocess
import sys
from itertools import chain

import pytest
import simplejson

from cli.local import running
from cli.local.cloud import STACK
from tests.e2e.conftest import wait_until
from tests.faults.proxy import FaultyProxy
from tests.support import ROOT, csv

pytestmark = pytest.mark.e2e

SECONDS = 240


def write_note(cloud, endpoint):
    """Write the note with which commands find the cloud at an endpoint, as `run` does."""
    note = running.Running(
        runner=running.ProcessNote.of(os.getpid()),
        children=[],
        cloud_port=int(endpoint.rpartition(":")[2]),
        api_port=0,
        endpoint=endpoint,
        api="",
        region=cloud.region,
        stack=STACK,
        mail_queue=cloud.mail_queue,
        build="",
        container_host="",
        outputs=cloud.outputs,
    )
    note.write()
    return note


def start(port, *command):
    """Start a command on the cloud of a port."""
    command = [sys.executable, "-m", "cli", *map(str, command), "--cloud-port", str(port), "--json"]
    env = os.environ | {"PYTHONPATH": f"{ROOT / 'functions'}:{ROOT}"}
    pipe = subprocess.PIPE
    return subprocess.Popen(command, env=env, cwd=ROOT, stdout=pipe, stderr=pipe, text=True)


def finish(process):
    """Return the exit code, the JSON document and stderr of a command."""
    output, errors = process.communicate(timeout=SECONDS)
    return process.returncode, simplejson.loads(output), errors


@pytest.fixture(scope="module")
def run(system):
    """Return a function that runs a command: exit code, JSON document."""
    note = write_note(system.cloud, system.cloud.endpoint)
    yield lambda *command: finish(start(system.cloud.port, *command))[:2]
    note.remove()


@pytest.fixture
def write_many(tmp_path):
    """Return a function that writes 200 files of one date each, in a folder."""

    def write(year):
        folder = tmp_path / str(year)
        folder.mkdir()
        for number in range(200):
            row = f"{year + number // 28}/1/{number % 28 + 1},15,0.1"
            (folder / f"{year} {number}.csv").write_bytes(csv(row))
        return folder

    return write


def test_a_file_is_uploaded_listed_shown_deleted_and_purged(run, tmp_path, system):
    path = tmp_path / "marzo ñ 2031.csv"
    path.write_bytes(csv("2031/3/1,15,0.1", "2031/3/8,16,0.2", "Juana,1,1"))
    code, document = run("check", path)
    (predicted,) = document
    code, document = run("upload", path)
    (receipt,) = document["receipts"]
    assert code == 0
    # The receipt is the predicted one, but for what only an upload has.
    only_upload = ("id", "version_id", "uploaded_at")
    assert {**receipt, **dict.fromkeys(only_upload)} == predicted
    assert receipt["rejections"][0]["text"] == "Juana,1,1"

    path.write_bytes(csv("2031/3/1,17,0.1"))
    run("upload", path)
    code, document = run("show", path)
    assert (code, document["changed"], document["withdrawn_at"]) == (0, 1, None)

    code, document = run("delete", "--yes", path)
    assert code == 0
    assert [(file["file"], file["state"]) for file in document["files"]] == [
        ("marzo ñ 2031.csv", "withdrawn")
    ]
    (effect,) = document["effects"].values()
    assert [reading["date"] for reading in effect["readings"]] == ["2031-03-01", "2031-03-08"]
    # The withdrawal is recorded, so the API has no reading of the month any more.
    assert (
        system.get("/readings", **{"from": "2031-03-01", "to": "2031-03-31"})[1]["readings"] == []
    )
    code, document = run("list", "--limit", "2")
    assert code == 0
    assert [upload["file"] for upload in document["uploads"]] == ["marzo ñ 2031.csv"] * 2
    assert all(upload["withdrawn_at"] for upload in document["uploads"])

    # A file that was uploaded again under the name of deleted uploads.
    path.write_bytes(csv("2031/3/1,15.12345,0.9", "Juana,1,1"))
    run("upload", path)
    code, document = run("purge", "--yes", "--hide-name", path)
    assert (code, document["under_way"], document["not_ingested"]) == (0, [], 0)
    assert (len(document["uploads"]), document["versions"]) == (3, 3)
    _, document = run("list", "--limit", "3")
    assert {upload["file"] for upload in document["uploads"]} == {"(purged)"}
    assert all(upload["purged_at"] for upload in document["uploads"])
    verified, document = run("verify")
    assert (verified, document["differences"]) == (0, [])


def count_put(cloud, prefix):
    """Return the number of objects whose key begins with the prefix."""
    listed = cloud.client("s3").list_objects_v2(
        Bucket=cloud.outputs["RawBucketName"], Prefix=prefix
    )
    return listed["KeyCount"]


def names(entries):
    return [entry["file"] for entry in entries]


def test_ctrl_c_in_the_middle_of_200_files_says_how_far_each_is(run, write_many, system):
    folder = write_many(1931)
    process = start(system.cloud.port, "upload", folder)
    wait_until(lambda: count_put(system.cloud, "1931 ") >= 20)
    process.send_signal(signal.SIGINT)
    code, document, errors = finish(process)
    assert code == 130
    assert document["error"] == "Interrupted"
    assert "The command can be repeated" not in errors
    ended = [names(document[member]) for member in ("receipts", "under_way", "not_begun")]
    assert sorted(chain(*ended)) == sorted(path.name for path in folder.iterdir())
    put = count_put(system.cloud, "1931 ")
    assert put <= len(ended[0]) + len(ended[1]) <= put + 1
    assert ended[2]
    # What is under way comes in, and the command can be repeated.
    stored = [version.upload for version in system.bucket.list_all_versions()]
    system.receipts([upload for upload in stored if upload.key.startswith("1931 ")])
    code, document = run("upload", *sorted(folder.iterdir())[:3])
    assert (code, len(document["receipts"])) == (0, 3)


def test_a_connection_that_is_lost_in_the_middle_of_200_files_is_reported(write_many, system):
    with FaultyProxy(system.cloud.endpoint) as proxy:
        note = write_note(system.cloud, proxy.endpoint)
        process = start(note.cloud_port, "upload", write_many(1951))
        wait_until(lambda: count_put(system.cloud, "1951 ") >= 20)
    # From here on nothing listens on the port, as after a crash of the cloud.
    code, document, errors = finish(process)
    note.remove()
    assert code == 1
    assert "reached" in document["error"] or "cannot be read" in document["error"]
    assert document["error"] in errors
    assert "Traceback" not in errors
    ended = [names(document[member]) for member in ("receipts", "under_way", "not_begun")]
    assert len(set(chain(*ended))) == 200
    assert len(ended[0]) + len(ended[1]) >= 20
    assert ended[2]

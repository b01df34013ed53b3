"""The commands upload, delete, list and show on an emulated AWS API, where ingest runs at once."""

import io
import json
from contextlib import redirect_stdout
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote_plus

import pytest
import simplejson
from botocore.exceptions import EndpointConnectionError
from click import Abort
from click.testing import CliRunner

from adapters.s3 import ObjectStore, s3_client
from cli import targets
from cli.console import Failure
from cli.data import delete, putting, review, stack, upload, waiting
from cli.main import aquasense
from tests.events import Context, s3_event
from tests.integration.cloud import REGION
from tests.support import csv, list_all_versions

# Some events publish no metric.
pytestmark = pytest.mark.filterwarnings("ignore:No application metrics to publish")

STACK = {
    "Parameters": {"MaxBytes": {"Type": "Number"}},
    "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
}


@pytest.fixture
def target(cloud, monkeypatch):
    """Return a stack with a limit of 1,000 bytes, which every command of the test works on."""
    cloud.client("cloudformation").create_stack(
        StackName=cloud.name,
        TemplateBody=json.dumps(STACK),
        Parameters=[{"ParameterKey": "MaxBytes", "ParameterValue": "1000"}],
    )
    outputs = {
        "RawBucketName": cloud.name,
        "ReceiptsBucketName": f"{cloud.name}-receipts",
        "TableName": cloud.name,
        "AlertTopicArn": cloud.topic_arn,
        "ThresholdInForce": "0.5",
    }
    cloud.s3.create_bucket(
        Bucket=outputs["ReceiptsBucketName"],
        CreateBucketConfiguration={"LocationConstraint": REGION},
    )
    stack_target = targets.Target(cloud.name, REGION, cloud.endpoint, outputs)
    monkeypatch.setattr(targets, "find", lambda *_: stack_target)
    return stack_target


@pytest.fixture
def client(cloud, ingest, target, monkeypatch):
    """Return the commands' S3 client, whose puts and deletes are ingested before they return.

    Its set `ignored` has keys that are not ingested, `before` is called with each put key.
    """
    receipts = target.outputs["ReceiptsBucketName"]
    monkeypatch.setattr(ingest, "store", ObjectStore(cloud.s3, receipts))
    s3 = s3_client(REGION, cloud.endpoint)
    s3.ignored, s3.before = set(), lambda key: None

    def notify(name, params):
        key = params["Key"]
        if params["Bucket"] == cloud.name and key not in s3.ignored:
            event = s3_event(cloud.name, (quote_plus(key), None))
            event["Records"][0]["eventName"] = name
            # The function logs and counts on stdout.
            with redirect_stdout(io.StringIO()):
                ingest.lambda_handler(event, Context())

    requested = {}
    events = s3.meta.events
    events.register(
        "provide-client-params.s3.*",
        lambda params, model, **_: requested.update({model.name: params}),
    )
    events.register(
        "before-call.s3.PutObject", lambda **_: s3.before(requested["PutObject"]["Key"])
    )
    events.register(
        "after-call.s3.PutObject",
        lambda **_: notify("ObjectCreated:Put", requested["PutObject"]),
    )
    events.register(
        "after-call.s3.DeleteObject",
        lambda **_: notify("ObjectRemoved:DeleteMarkerCreated", requested["DeleteObject"]),
    )
    for module in (upload, delete, review):
        monkeypatch.setattr(module, "s3_client", lambda *_: s3)
    monkeypatch.setattr(waiting, "WAIT_SECONDS", 1.0)
    monkeypatch.setattr(upload, "WAIT_SECONDS", 1.0)
    return s3


@pytest.fixture
def run(client):
    """Return a function that runs a command: exit code or exception, stdout."""

    def invoke(*command):
        result = CliRunner().invoke(
            aquasense, [str(part) for part in command], standalone_mode=False
        )
        if result.exception is None:
            return result.return_value, result.stdout
        return result.exception, result.stdout

    return invoke


@pytest.fixture
def write(tmp_path):
    def write_file(name, *rows):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(csv(*rows))
        return path

    return write_file


def keys(cloud):
    return sorted(stored.upload.key for stored in list_all_versions(cloud.bucket))


def test_upload_prints_receipts_in_order_and_ends_with_1_if_nothing_went_in(run, write, cloud):
    fine, poor = write("enero ñ.csv", "2022/1/1,15,0.1"), write("b.csv", "x,1,1")
    code, output = run("upload", fine, poor)
    assert code == 1
    first, month, second, line = output.splitlines()
    assert month.endswith("2022-01: no readings -> readings 1, temp 15.000, sd 0.100, maxdiff none")
    assert first.startswith(f"incorporated  {fine}: 1 accepted")
    assert second.startswith(f"nothing went in  {poor}")
    assert "line 2: 'x,1,1'" in line
    assert keys(cloud) == ["b.csv", "enero ñ.csv"]
    code, output = run("upload", "--json", fine)
    document = simplejson.loads(output)
    assert code == 0
    assert [receipt["unchanged"] for receipt in document["receipts"]] == [1]
    assert (document["under_way"], document["not_begun"], document["error"]) == ([], [], None)


def test_upload_check_and_show_print_the_notes_of_a_file(run, write, cloud):
    run("upload", write("w.csv", "2022/1/1,15,0.1", "2022/1/8,15,0.2"))
    path = write("w.csv", "2022/1/8;15,5;0.2", "2022/1/10;15,5;0,2")
    path.write_bytes(path.read_bytes().replace(b"Fecha,Medias,", b"Fecha;Medias;"))
    notes = [
        "note: 1 number has a decimal point (line 2), others have decimal commas",
        "note: 2022-01-10 is one or two days beside 2022-01-08, which has a reading already",
        "note: 1 date of the earlier w.csv is not in this one and still counts: 2022-01-01. To "
        "take it out, delete w.csv and upload this one again",
    ]
    for command in ("check", "upload", "show"):
        code, output = run(command, path)
        assert not code
        assert [line.strip() for line in output.splitlines() if "note:" in line] == notes
    _, output = run("show", "--json", path)
    receipt = simplejson.loads(output)
    assert receipt["notes"][2] == {
        "code": "dates_left_out",
        "parameters": {"count": 1, "date": "2022-01-01", "last": "2022-01-01"},
    }
    _, _, body = cloud.request(f"/uploads/{receipt['id']}", params={"format": "csv"})
    assert b"note,decimal_points,,,,decimal_points,count=1; line=2" in body


def test_a_file_over_the_limit_of_the_stack_is_refused_before_the_first_put(run, write, cloud):
    large = write("z.csv", *["2022/1/1,1,0.1"] * 100)
    failure, output = run("upload", write("a.csv", "2022/1/1,1,0.1"), large)
    assert (str(failure), failure.code) == (f"{large}: the file is larger than 1,000 bytes", 2)
    assert (output, keys(cloud)) == ("", [])


def test_a_stack_or_bucket_that_cannot_be_reached_is_refused_before_the_first_put(
    run, write, cloud, target, monkeypatch
):
    path = write("a.csv", "2022/1/1,1,0.1")
    for output, text in (("RawBucketName", "HeadBucket"), ("TableName", "table")):
        outputs = target.outputs | {output: "not-there"}
        other = targets.Target(target.stack, REGION, cloud.endpoint, outputs)
        monkeypatch.setattr(targets, "find", lambda *_, other=other: other)
        failure, _ = run("upload", path)
        assert isinstance(failure, Failure)
        assert text in str(failure)
    other = targets.Target("no-stack", REGION, cloud.endpoint, target.outputs)
    monkeypatch.setattr(targets, "find", lambda *_: other)
    failure, _ = run("upload", path)
    assert "no-stack" in str(failure)
    assert keys(cloud) == []


@pytest.mark.parametrize(
    ("error", "end"),
    [
        (KeyboardInterrupt(), Abort),
        (EndpointConnectionError(endpoint_url="http://x"), Failure),
    ],
)
def test_an_upload_that_ends_early_says_how_far_each_file_is(run, write, client, error, end):
    paths = [write(f"{number}.csv", f"2022/1/{number},1,0.1") for number in range(1, 6)]

    def stop(key):
        if key == "3.csv":
            raise error

    client.before, client.ignored = stop, {"2.csv"}
    failure, output = run("upload", *paths)
    assert isinstance(failure, end)
    in_, waiting_, cut_off, fourth, fifth = [line for line in output.splitlines() if line[0] != " "]
    assert in_.startswith(f"incorporated  {paths[0]}")
    assert waiting_.startswith(f"under way     {paths[1]}: no receipt yet (upload 2")
    assert cut_off == f"under way     {paths[2]}: cut off; it may have arrived"
    assert fourth == f"not begun     {paths[3]}"
    assert fifth == f"not begun     {paths[4]}"

    failure, output = run("upload", "--json", *paths)
    document = simplejson.loads(output)
    assert isinstance(failure, end)
    assert [receipt["file"] for receipt in document["receipts"]] == ["1.csv"]
    assert [name["file"] for name in document["under_way"]] == ["2.csv", "3.csv"]
    assert document["under_way"][1]["upload"] is None
    assert [name["file"] for name in document["not_begun"]] == ["4.csv", "5.csv"]
    assert document["error"] == (str(failure) or "Interrupted")

    client.before, client.ignored = lambda key: None, set()
    code, output = run("upload", "--json", *paths)
    assert (code, len(simplejson.loads(output)["receipts"])) == (0, 5)


def test_a_file_that_waits_for_its_turn_is_not_begun(run, write, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    paths = [write(name, "2022/1/1,1,0.1") for name in ("1.csv", "2.csv")]
    monkeypatch.setattr(putting, "_wait_for_next_second", interrupt)
    _, output = run("upload", "--json", *paths)
    document = simplejson.loads(output)
    assert [receipt["file"] for receipt in document["receipts"]] == ["1.csv"]
    assert document["under_way"] == []
    assert [entry["file"] for entry in document["not_begun"]] == ["2.csv"]


def test_a_receipt_that_cannot_be_read_whole_is_printed_from_the_table(run, write, monkeypatch):
    def lose(*_):
        raise EndpointConnectionError(endpoint_url="http://x")

    monkeypatch.setattr(stack, "read_private_receipt", lose)
    failure, output = run("upload", write("1.csv", "2022/1/1,1,0.1"))
    assert isinstance(failure, Failure)
    assert "1 accepted" in output
    assert "under way" not in output


def test_an_upload_without_a_receipt_in_time_names_the_dead_letter_queue(run, write, client):
    client.ignored = {"a.csv"}
    code, output = run("upload", write("a.csv", "2022/1/1,1,0.1"))
    assert code == 1
    assert "no receipt after 1 s; it may still come, or be in the dead-letter queue" in output


def test_delete_says_what_comes_back_and_waits_for_the_withdrawal(run, write, cloud):
    run("upload", write("a.csv", "2022/1/1,1,0.1", "2022/1/8,2,0.1"))
    path = write("b 2.csv", "2022/1/1,3,0.1", "2022/1/8,2.0,0.10", "2022/2/1,4,0.1")
    run("upload", path, path)
    code, output = run("delete", "--yes", path)
    assert code == 0
    uploads, counts, *lines, outcome = output.splitlines()
    assert uploads.startswith("b 2.csv: 2 uploads, the newest of 2")
    assert counts == (
        "marmenor.temperature, dates: 1 back to an earlier value, 1 without a reading, "
        "1 unchanged, because another file has the same value"
    )
    assert lines[0].startswith(
        "  2022-01-01: mean 3, deviation 0.1 -> mean 1, deviation 0.1 (a.csv,"
    )
    assert lines[1:] == [
        "  2022-02-01: mean 4, deviation 0.1 -> no reading",
        "  2022-01: temp 2.500 -> 1.500",
        "  2022-02: readings 1, temp 4.000, sd 0.100, maxdiff 1.000 -> no readings",
    ]
    assert outcome == "withdrawn     b 2.csv: its readings do not count any more"
    items = cloud.items().values()
    assert sum(item.get("kind") == {"S": "withdrawal"} for item in items) == 2
    failure, _ = run("delete", "--yes", path)
    assert str(failure).startswith("b 2.csv was deleted already, at 2")


def test_many_dates_of_a_deletion_are_summarised(run, write):
    rows = [f"2022/{month}/{day},1,0.1" for month in range(1, 3) for day in range(1, 16)]
    run("upload", write("a.csv", *rows))
    _, output = run("delete", "--yes", "a.csv")
    assert "dates: 30 without a reading" in output
    assert "  and 10 more dates" in output
    assert output.count("-> no reading\n") == 20


def test_delete_without_a_person_to_ask_changes_nothing(run, write, cloud):
    run("upload", write("a.csv", "2022/1/1,1,0.1"))
    failure, output = run("delete", "a.csv")
    assert failure.code == 2
    assert "1 without a reading" in output
    assert cloud.bucket.find_version("a.csv").withdrawal is None


def test_delete_prints_json(run, write, client):
    run("upload", write("a.csv", "2022/1/1,1.10,0.1"), write("b.csv", "x,1,1"))
    client.ignored = {"b.csv"}
    code, output = run("delete", "--yes", "--json", "a.csv", "b.csv")
    document = simplejson.loads(output, use_decimal=True)
    assert code == 1
    assert [(file["file"], file["state"]) for file in document["files"]] == [
        ("a.csv", "withdrawn"),
        ("b.csv", "under_way"),
    ]
    (reading,) = document["effects"]["marmenor.temperature"]["readings"]
    assert (reading["before"]["mean"], reading["after"]) == (Decimal("1.10"), None)


def test_a_deletion_that_is_interrupted_says_how_far_each_file_is(run, write, client):
    run("upload", *(write(f"{name}.csv", "2022/1/1,1,0.1") for name in "abc"))

    def stop(**_):
        raise KeyboardInterrupt

    client.meta.events.register("before-call.s3.DeleteObject", stop)
    failure, output = run("delete", "--yes", "a.csv", "b.csv", "c.csv")
    assert isinstance(failure, Abort)
    assert output.splitlines()[-3:] == [
        "under way     a.csv: deleted, its readings still count",
        "not begun     b.csv: not deleted",
        "not begun     c.csv: not deleted",
    ]


@pytest.mark.parametrize("command", [("delete", "--yes"), ("show",)])
def test_an_unknown_file_is_refused_with_the_nearest_names(run, write, command):
    failure, _ = run(*command, "enero.csv")
    assert str(failure) == "There is no file enero.csv in the bucket; it is empty"
    run("upload", "--dataset", "marmenor.temperature", write("enero.csv", "2022/1/1,1,0.1"))
    failure, _ = run(*command, Path("local/enero.csv"))
    assert str(failure) == (
        "There is no file local/enero.csv in the bucket; "
        "the nearest: marmenor.temperature/enero.csv"
    )
    failure, _ = run(*command, "--dataset", "marmenor.salinty", "enero.csv")
    assert "There is no dataset marmenor.salinty; the nearest is" in str(failure)
    result, _ = run(*command, "--dataset", "marmenor.temperature", "local/enero.csv")
    assert not isinstance(result, Failure)


def test_show_prints_the_newest_receipt_of_a_file_with_the_private_text(run, write, target, client):
    path = write("a ñ.csv", "2022/1/1,1,0.1", "Juana,1,1")
    _, output = run("upload", "--json", path, path)
    first, second = (receipt["id"] for receipt in simplejson.loads(output)["receipts"])
    # The text of the rejected line is printed as the bucket of receipts has it.
    key = f"receipts/{second}.json"
    bucket = target.outputs["ReceiptsBucketName"]
    private = client.get_object(Bucket=bucket, Key=key)["Body"].read().replace(b"Juana", b"Mar")
    client.put_object(Bucket=bucket, Key=key, Body=private)
    _, output = run("show", path)
    assert second in output
    assert "line 3: 'Mar,1,1'" in output
    _, output = run("show", "--json", first)
    assert simplejson.loads(output)["superseded"] == 1
    run("delete", "--yes", path)
    _, output = run("show", "a ñ.csv")
    assert "withdrawn at 2" in output


def test_show_refuses_an_unknown_id_and_a_file_without_a_receipt(run, write, client, cloud):
    unknown = "20260101T000000.000Z-0000-000000000000"
    failure, _ = run("show", unknown)
    assert str(failure).startswith(f"There is no upload {unknown}")
    cloud.put("a.csv", csv("2022/1/1,1,0.1"))
    failure, _ = run("show", "a.csv")
    assert "a.csv is in the bucket and has no receipt yet (upload 2" in str(failure)


def test_list_prints_the_newest_uploads_first(run, write):
    code, output = run("list")
    assert (code, output) == (None, "")
    run(
        "upload",
        *(write(name, "2022/1/1,1,0.1", "x,1,1") for name in ("a.csv", "b ñ.csv", "c.csv")),
    )
    run("delete", "--yes", "b ñ.csv")
    _, output = run("list", "--limit", "2")
    first, second = output.splitlines()
    assert "incorporated       1 accepted       1 rejected  c.csv" in first
    assert "withdrawn          1 accepted       1 rejected  b ñ.csv" in second
    _, output = run("list", "--json", "--dataset", "marmenor.temperature")
    uploads = simplejson.loads(output)["uploads"]
    assert [entry["file"] for entry in uploads] == ["c.csv", "b ñ.csv", "a.csv"]
    failure, _ = run("list", "--dataset", "marmenor.salinty")
    assert "There is no dataset marmenor.salinty" in str(failure)


def test_review_writes_a_file_with_the_current_value_and_delete_takes_it_back(run, write, cloud):
    run("upload", write("a.csv", "2022/1/1,15.50,0.1", "2022/1/8,16,0.2"))
    code, output = run("review", "1/1/2022", "--bad", "typed, twice")
    assert code == 0
    first, month = output.splitlines()
    key = "reviews/marmenor.temperature/2022-01-01.csv"
    assert first.startswith(f"incorporated  {key}: 1 accepted, 1 new, 0 rejected")
    assert month.endswith("2022-01: readings 2 -> 1, temp 15.750 -> 16.000")
    body = cloud.s3.get_object(Bucket=cloud.name, Key=key)["Body"].read().decode()
    assert body == 'date,mean,verdict,comment\n2022-01-01,15.50,bad,"typed, twice"\n'
    code, output = run("review", "--json", "2022-01-01", "--good", "it was right")
    assert (code, simplejson.loads(output)["changed"]) == (0, 1)
    code, output = run("delete", "--yes", "--json", key)
    assert code == 0
    assert [file["state"] for file in simplejson.loads(output)["files"]] == ["withdrawn"]
    _, _, body = cloud.request("/readings")
    assert [row["review"] for row in simplejson.loads(body)["readings"]] == [None, None]


def test_delete_predicts_the_effect_of_taking_a_review_back(run, write):
    run("upload", write("a.csv", "2022/1/1,15.50,0.1", "2022/1/8,16,0.2"))
    run("review", "2022-01-01", "--bad", "wrong")
    _, output = run("delete", "--yes", "reviews/marmenor.temperature/2022-01-01.csv")
    lines = [line.strip() for line in output.splitlines()]
    assert any(
        line.startswith("2022-01-01: no reading -> mean 15.50, deviation 0.1") for line in lines
    )
    assert "2022-01: readings 1 -> 2, temp 16.000 -> 15.750, sd 0.200" not in lines
    assert "2022-01: readings 1 -> 2, temp 16.000 -> 15.750" in lines


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["2022-01-02", "--bad", "x"], "There is no reading of 2022-01-02 in marmenor.temperature; "
                                       "the nearest: 2022-01-01, 2022-01-08"),
        (["yesterday", "--bad", "x"], "yesterday: the date must look like"),
        (["2022-01-01"], "Say either --bad REASON or --good REASON"),
        (["2022-01-01", "--bad", "x", "--good", "y"], "Say either"),
        (["2022-01-01", "--bad", " "], "The reason is empty"),
        (["2022-01-01", "--bad", "\udcff"], "The reason is not UTF-8"),
        (["2022-01-01", "--bad", "x" * 501], "The reason has more than 500 characters"),
        (["2022-01-01", "--bad", "x", "--dataset", "marmenor.salinty"], "There is no dataset"),
    ],
)  # fmt: skip
def test_review_refuses_what_it_cannot_write_and_puts_nothing(
    run, write, cloud, arguments, message
):
    run("upload", write("a.csv", "2022/1/1,15.50,0.1", "2022/1/8,16,0.2"))
    failure, _ = run("review", *arguments)
    assert str(failure).startswith(message)
    assert failure.code == 2
    assert keys(cloud) == ["a.csv"]


def test_files_of_reviews_are_checked_and_uploaded(run, write, cloud):
    run("upload", write("a.csv", "2022/1/1,15.50,0.1", "2022/1/8,16,0.2"))
    path = write("reviews/r.csv")
    lines = "2022-01-01,15.5,bad,wrong", "2022-01-08,17,good,another", "2022-02-01,1,bad,none"
    path.write_bytes(csv(*lines, header="date,mean,verdict,comment"))
    failure, _ = run("upload", path)
    assert "its folder is named reviews: add --reviews" in str(failure)
    _, output = run("check", "--reviews", "--json", path)
    (predicted,) = simplejson.loads(output)
    code, output = run("upload", "--reviews", "--json", path)
    (receipt,) = simplejson.loads(output)["receipts"]
    assert code == 0
    assert keys(cloud) == ["a.csv", "reviews/marmenor.temperature/r.csv"]
    only_upload = ("id", "version_id", "uploaded_at")
    assert {**receipt, **dict.fromkeys(only_upload)} == predicted
    assert (receipt["accepted"], receipt["rejected"]) == (1, 2)
    assert [entry["text"] for entry in receipt["rejections"]] == [
        "2022-01-08,17,good,another",
        "2022-02-01,1,bad,none",
    ]
    # The readings of a file that is checked are compared with what a review calls bad.
    _, output = run("check", "--json", write("b.csv", "2022/1/1,15.6,0.1"))
    assert [note["code"] for note in simplejson.loads(output)[0]["notes"]] == ["review_lapsed"]

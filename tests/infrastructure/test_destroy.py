"""destroy: what it lists, its confirmation, and what it deletes."""

import io

import boto3
import pytest

from cli.aws import leftovers
from cli.deploy import destroy
from tests.infrastructure.conftest import (
    NO_POLICIES,
    Terminal,
    create_stack,
    failure,
    run_bootstrap,
    run_destroy,
    run_push,
    stack_names,
)

pytestmark = [pytest.mark.usefixtures("aws", "engine"), NO_POLICIES]
RAW = "aquasense-dev-raw-123456789012-eu-west-1"
TABLE = "aquasense-dev-Table-1A2B3C"


def test_destroy_needs_the_name_of_the_stack_as_confirmation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run_bootstrap()
    before = stack_names()

    monkeypatch.setattr("sys.stdin", io.StringIO("aquasense-dev\n"))
    assert "--confirm aquasense-dev" in failure(run_destroy)
    assert "--confirm aquasense-dev" in failure(run_destroy, "1")
    for answer in ("y", "yes", "", "aquasense-prod"):
        monkeypatch.setattr("sys.stdin", Terminal(f"{answer}\n"))
        assert "Nothing was removed" in failure(run_destroy)

    assert stack_names() == before


def test_destroy_empties_buckets_and_registry_first(monkeypatch: pytest.MonkeyPatch) -> None:
    run_bootstrap()
    run_push()
    s3 = boto3.client("s3")
    bucket = s3.list_buckets()["Buckets"][0]["Name"]
    for _ in range(3):
        s3.put_object(Bucket=bucket, Key="package", Body=b"x")
    s3.delete_object(Bucket=bucket, Key="package")
    monkeypatch.setattr("sys.stdin", Terminal("aquasense-dev\n"))

    run_destroy()

    assert stack_names() == []
    assert s3.list_buckets()["Buckets"] == []
    assert boto3.client("ecr").describe_repositories()["repositories"] == []


def test_destroy_removes_a_stack_without_resources(monkeypatch: pytest.MonkeyPatch) -> None:
    # A first deployment that was declined or rolled back leaves such a stack.
    create_stack()
    monkeypatch.setattr(leftovers, "list_resources", lambda *_: iter(()))

    run_destroy("aquasense-dev")

    assert stack_names() == []


def test_destroy_succeeds_if_nothing_exists(capsys: pytest.CaptureFixture[str]) -> None:
    run_destroy()

    assert "Nothing of aquasense-dev" in capsys.readouterr().out


@pytest.mark.parametrize("undone", [True, False])
def test_destroy_lists_and_deletes_what_an_earlier_stack_left_at_the_first_time(
    capsys: pytest.CaptureFixture[str], undone: bool
) -> None:
    run_bootstrap()
    leave_data()
    if undone:
        # A deployment after that failed.
        create_stack()

    assert "Nothing was removed" in failure(run_destroy, "no")

    listed = capsys.readouterr().out
    artifacts = "aquasense-dev-artifacts-123456789012-eu-west-1"
    assert all(name in listed for name in (RAW, TABLE, artifacts, "aquasense-dev-bootstrap"))
    assert "This stays:" in listed
    assert all(text in listed for text in destroy.STAYS)
    assert "is gone" not in listed
    assert boto3.client("s3").head_bucket(Bucket=RAW)

    run_destroy("aquasense-dev")

    assert "aquasense-dev is gone" in capsys.readouterr().out
    assert stack_names() == []
    assert boto3.client("s3").list_buckets()["Buckets"] == []
    assert boto3.client("dynamodb").list_tables()["TableNames"] == []


def test_destroy_never_says_gone_while_something_remains(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run_bootstrap()
    leave_data()
    monkeypatch.setattr(destroy, "_delete_bucket", lambda *_: None)

    line = failure(run_destroy, "aquasense-dev")

    assert f"Still there: {RAW}" in line
    assert "is gone" not in capsys.readouterr().out


def leave_data() -> None:
    """Create a bucket with a file and a table as a deleted stack leaves them."""
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=RAW, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket=RAW, Key="a.csv", Body=b"x")
    boto3.client("dynamodb").create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
    )

"""An operator's way with the emulated cloud as the account: from nothing, and back to nothing."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import let_clients_reach, wait_until
from tests.support import ROOT
from tools import account, bootstrap, commit, deploy, destroy, mailbox
from tools.local_cloud import LocalCloud
from tools.process import free_port

pytestmark = pytest.mark.e2e

STACK = "aquasense-dev"


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalCloud]:
    """An account with nothing in it, which this process's credentials are for."""
    monkeypatch.setattr(account, "NOTE", tmp_path / "accounts.json")
    monkeypatch.setattr(commit, "changed", list)
    with LocalCloud(free_port(), tmp_path / "cloud") as cloud:
        let_clients_reach(cloud, monkeypatch)
        for name, value in {
            "ENV": "dev",
            "IMAGE": "none",
            "SET": f"EndpointUrl={cloud.endpoint}",
            "YES": STACK,
        }.items():
            monkeypatch.setenv(name, value)
        yield cloud


def test_what_is_deployed_works_and_goes_without_leaving_anything(
    empty: LocalCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    bootstrap.main()
    deploy.main()
    deploy.main()
    outputs = account.find("dev").outputs(STACK) or {}
    mailbox.subscribe(
        empty.client("sqs"), empty.client("sns"), outputs["AlertTopicArn"], empty.mail_queue
    )
    empty.client("s3").upload_file(
        str(ROOT / "events/alerta_inventada.csv"), outputs["RawBucketName"], "inventada.csv"
    )
    wait_until(empty.mail)
    assert "execute-api" in outputs["Url"]
    files = []
    delete_stack = destroy._delete_stack

    def watched(here: account.Account, stack: str) -> None:
        if stack == STACK:
            versions = empty.client("s3").list_object_versions(Bucket=outputs["RawBucketName"])
            files.extend(one["Key"] for one in versions.get("Versions", []))
        delete_stack(here, stack)

    monkeypatch.setattr(destroy, "_delete_stack", watched)

    with monkeypatch.context() as patch:
        patch.setattr(destroy, "_delete_kept", interrupted)
        with pytest.raises(KeyboardInterrupt):
            destroy.main()
    assert left(empty) != []

    # What is kept has no stack any more, and is found all the same.
    destroy.main()

    assert left(empty) == []
    # Deleted with the stack still there, it would be withdrawn, and subscribers told so.
    assert files == ["inventada.csv"]
    assert len(empty.mail()) == 1


def interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def left(cloud: LocalCloud) -> list[Any]:
    """What costs money or holds data, and the stacks."""
    stacks = cloud.client("cloudformation").describe_stacks()["Stacks"]
    return [
        *cloud.client("s3").list_buckets()["Buckets"],
        *cloud.client("dynamodb").list_tables()["TableNames"],
        *cloud.client("lambda").list_functions()["Functions"],
        *cloud.client("ecr").describe_repositories()["repositories"],
        *cloud.client("apigatewayv2").get_apis()["Items"],
        *(one["StackName"] for one in stacks if one["StackStatus"] != "DELETE_COMPLETE"),
    ]
